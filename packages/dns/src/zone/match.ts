import { findNode, type NameTable } from "./name-table.ts";
import type { ApexPolicy, RecordSet } from "./node.ts";

/** What a table has for a name. */
export type Match =
  /** The name's own records, or those of the wildcard that covers it. */
  | { readonly kind: "records"; readonly sets: RecordSet }
  /** It exists without records: names lie below it. */
  | { readonly kind: "empty"; readonly apexAt: number }
  /** It would lie in a zone of ours and does not exist. */
  | { readonly kind: "missing"; readonly apexAt: number; readonly policy: ApexPolicy }
  | { readonly kind: "outside" };

const OUTSIDE: Match = { kind: "outside" };

/**
 * RFC 4592 section 3.3.1 within our zones: a wildcard covers a name only if nothing between them exists. Outside of our zones there is
 * no zone to speak of, only host names of the mesh: there the longest wildcard covers, as it does in Envoy's routes.
 */
export function matchName(table: NameTable, bytes: Uint8Array, start: number, end: number): Match {
  const node = findNode(table, bytes, start, end);
  if (node?.records !== undefined) return { kind: "records", sets: node.records };
  let policy = node?.apex?.policy;
  let apexAt = start;
  let closest: RecordSet | undefined;
  let enclosed = node !== undefined;
  let covering: RecordSet | undefined;
  while (policy === undefined && apexAt < end) {
    apexAt += 1 + (bytes[apexAt] as number);
    const above = findNode(table, bytes, apexAt, end);
    if (above === undefined) continue;
    if (!enclosed) closest = above.wildcard;
    enclosed = true;
    covering ??= above.wildcard;
    policy = above.apex?.policy;
  }
  if (node === undefined) {
    const sets = policy === undefined ? covering : closest;
    if (sets !== undefined) return { kind: "records", sets };
    return policy === undefined ? OUTSIDE : { kind: "missing", apexAt, policy };
  }
  if (policy !== undefined) return { kind: "empty", apexAt };
  return covering === undefined ? OUTSIDE : { kind: "empty", apexAt: start };
}

/** Where the innermost zone of ours that holds the name begins; -1 if none does. */
export function apexOf(table: NameTable, bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at += 1 + (bytes[at] as number)) {
    if (findNode(table, bytes, at, end)?.apex !== undefined) return at;
  }
  return -1;
}
