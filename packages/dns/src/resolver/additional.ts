import { readU16 } from "../wire/bytes.ts";
import { TYPE } from "../wire/codes.ts";
import { matchName } from "../zone/match.ts";
import { RECORD_HEAD, type RecordSet, recordsOfType } from "../zone/node.ts";
import type { Zone } from "../zone/zone.ts";

/** Addresses of a record's target. */
export interface Additional {
  readonly set: RecordSet;
  /** Where the target's name stands, from the beginning of the records that name it. */
  readonly targetAt: number;
}

/** RDATA of SRV before its target: priority, weight, port. */
const SRV_HEAD = 6;

/** More targets than this are looked up by the client itself. */
const MAX_TARGETS = 16;

/** The addresses of SRV targets (RFC 2782), as many sets as fit into `room` bytes: they may be left out without TC. */
export function additionalAddresses(zone: Zone, records: RecordSet, room: number): readonly Additional[] {
  const found: Additional[] = [];
  let left = room;
  let at = records.start;
  for (let targets = 0; at < records.end && targets < MAX_TARGETS; targets++) {
    const next = at + RECORD_HEAD + readU16(records.bytes, at + 10);
    const target = at + RECORD_HEAD + SRV_HEAD;
    const match = matchName(zone.table, records.bytes, target, next - 1);
    for (const type of match.kind === "records" ? [TYPE.A, TYPE.AAAA] : []) {
      const set = match.kind === "records" ? recordsOfType(match.sets, type) : undefined;
      if (set === undefined || set.end - set.start > left || found.some((one) => one.set === set)) continue;
      found.push({ set, targetAt: target - records.start });
      left -= set.end - set.start;
    }
    at = next;
  }
  return found;
}
