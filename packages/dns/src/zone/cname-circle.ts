import { TYPE } from "../wire/codes.ts";
import { labelsKey } from "../wire/name.ts";
import { matchName } from "./match.ts";
import { findNode, type NameTable } from "./name-table.ts";
import { RECORD_HEAD, recordsOfType } from "./node.ts";

/** A name with a CNAME, and where that leads; both as labels. */
export interface Alias {
  readonly owner: Uint8Array;
  readonly target: Uint8Array;
}

/**
 * The aliases that lead from `labels` back to it (RFC 1034 section 3.6.2); for a wildcard, itself if it leads into any circle.
 * Empty where they come to an end.
 */
export function circleThrough(table: NameTable, labels: Uint8Array): readonly Alias[] {
  const first = labelsKey(labels, 0, labels.length);
  const seen = new Set<string>();
  const members: Alias[] = [];
  let name = labels;
  for (let key = first; !seen.has(key); key = labelsKey(name, 0, name.length)) {
    seen.add(key);
    const target = targetOf(table, name);
    if (target === undefined) return [];
    // A name that only a wildcard covers owns nothing that could be left out.
    const own = findNode(table, name, 0, name.length)?.records !== undefined;
    if (own || name === labels) members.push({ owner: name, target });
    name = target;
  }
  if (labels[0] === 1 && labels[1] === 42) return members.slice(0, 1);
  return labelsKey(name, 0, name.length) === first ? members : [];
}

function targetOf(table: NameTable, name: Uint8Array): Uint8Array | undefined {
  const match = matchName(table, name, 0, name.length);
  const alias = match.kind === "records" ? recordsOfType(match.sets, TYPE.CNAME) : undefined;
  return alias?.bytes.subarray(alias.start + RECORD_HEAD, alias.end - 1);
}
