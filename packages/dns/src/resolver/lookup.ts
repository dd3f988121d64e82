import { TYPE } from "../wire/codes.ts";
import { LOWER } from "../wire/name.ts";
import { apexOf, type Match, matchName } from "../zone/match.ts";
import { findNode } from "../zone/name-table.ts";
import { RECORD_HEAD, type RecordSet, recordsOfType } from "../zone/node.ts";
import type { Zone } from "../zone/zone.ts";

/** A name where it stands: `bytes[start .. end)`, labels without the root's byte. */
export interface NamePlace {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * What a zone says to a question. `aliases` are the targets of the CNAMEs that lead to it, in order; offsets of an apex count
 * from the beginning of the last name.
 */
export type LookupResult =
  | { readonly kind: "answer"; readonly aliases: readonly NamePlace[]; readonly records: RecordSet | undefined }
  | { readonly kind: "startOfAuthority" }
  | { readonly kind: "noData"; readonly aliases: readonly NamePlace[]; readonly apexAt: number }
  | { readonly kind: "nameError"; readonly aliases: readonly NamePlace[]; readonly apexAt: number }
  /** Not ours; with aliases, they lead to a name that is not ours. */
  | { readonly kind: "outside"; readonly aliases: readonly NamePlace[] }
  | { readonly kind: "tooManyAliases" };

/** CNAMEs that an answer follows; a longer chain is a mistake. */
export const MAX_ALIASES = 8;

const NONE: readonly NamePlace[] = [];

/** RFC 1034 section 4.3.2, for a zone in which everything is known beforehand. */
export function lookUp(zone: Zone, question: NamePlace, type: number): LookupResult {
  let name = question;
  let aliases = NONE;
  for (;;) {
    const match = matchName(zone.table, name.bytes, name.start, name.end);
    const alias = match.kind === "records" ? aliasIn(match.sets, type) : undefined;
    if (alias === undefined) {
      const meant = match.kind === "records" || aliases.length > 0 ? undefined : withoutSearchSuffix(zone, name);
      if (meant === undefined) return resultOf(zone, name, type, match, aliases);
      name = meant;
    } else name = { bytes: alias.bytes, start: alias.start + RECORD_HEAD, end: alias.end - 1 };
    if (aliases.length === MAX_ALIASES) return { kind: "tooManyAliases" };
    aliases = [...aliases, name];
    if (type === TYPE.CNAME) return { kind: "answer", aliases, records: undefined };
  }
}

function aliasIn(sets: RecordSet, type: number): RecordSet | undefined {
  if (type === TYPE.CNAME || type === TYPE.ANY) return undefined;
  return recordsOfType(sets, TYPE.CNAME);
}

function resultOf(
  zone: Zone,
  name: NamePlace,
  type: number,
  match: Match,
  aliases: readonly NamePlace[],
): LookupResult {
  const apexAt = () => Math.max(0, apexOf(zone.table, name.bytes, name.start, name.end) - name.start);
  if (match.kind === "outside") return { kind: "outside", aliases };
  if (match.kind === "missing") {
    if (match.policy === "forward") return { kind: "outside", aliases };
    return { kind: "nameError", aliases, apexAt: match.apexAt - name.start };
  }
  const records = match.kind === "records" ? recordsOfType(match.sets, type) : undefined;
  if (records !== undefined) return { kind: "answer", aliases, records };
  if (type === TYPE.SOA || type === TYPE.NS || type === TYPE.ANY) {
    const apex = findNode(zone.table, name.bytes, name.start, name.end)?.apex;
    if (type === TYPE.ANY && (apex !== undefined || match.kind === "records")) {
      return { kind: "answer", aliases, records: zone.hinfo };
    }
    if (apex !== undefined && type === TYPE.NS) return { kind: "answer", aliases, records: apex.nameServers };
    if (apex !== undefined && type === TYPE.SOA && aliases.length === 0) return { kind: "startOfAuthority" };
  }
  return { kind: "noData", aliases, apexAt: match.kind === "empty" ? match.apexAt - name.start : apexAt() };
}

/**
 * A client whose resolver appends its search path asks for `reviews.shop.global.shop.svc.cluster.local` before it asks for what
 * was meant. The name without the suffix, where that is a name of at least two labels that has records.
 */
function withoutSearchSuffix(zone: Zone, name: NamePlace): NamePlace | undefined {
  for (const suffix of zone.search) {
    const tail = name.end - suffix.labels.length;
    let labels = 0;
    let last = name.start;
    let at = name.start;
    for (; at < tail; labels++) {
      last = at;
      at += 1 + (name.bytes[at] as number);
    }
    if (at !== tail || labels < (suffix.anyLabel ? 3 : 2)) continue;
    if (!suffix.labels.every((byte, i) => LOWER[name.bytes[tail + i] as number] === byte)) continue;
    const end = suffix.anyLabel ? last : tail;
    if (matchName(zone.table, name.bytes, name.start, end).kind === "records") return { ...name, end };
  }
  return undefined;
}
