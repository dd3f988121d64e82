import { readU16, readU32 } from "../wire/bytes.ts";
import { hashLabels } from "../wire/name.ts";
import { emptyZone } from "./empty-zone.ts";
import { EMPTY_TABLE, editTable } from "./name-table.ts";
import type { RecordSet, ZoneNode } from "./node.ts";
import type { Zone } from "./zone.ts";
import { NODE, type ZoneDelta } from "./zone-delta.ts";

/** Names taken over between two steps. */
const NAMES_PER_STEP = 1_024;

/** The copy of a zone as it is after a change; the copy that it started from goes on answering. Problems and rejected records stay where the zone was compiled. */
export function* applyDeltaInSteps(copy: Zone | undefined, delta: ZoneDelta): Generator<void, Zone> {
  const base = delta.options === undefined ? copy : { ...emptyZone(delta.options), table: EMPTY_TABLE };
  if (base === undefined) throw new TypeError("a change of a zone that is not here");
  const table = editTable(base.table, delta.names);
  let names = 0;
  for (const bytes of delta.chunks) {
    for (let at = 0; at < bytes.length; ) {
      const start = at + 3;
      const end = start + readU16(bytes, at);
      const old = table.find(bytes, start, end);
      if (((bytes[at + 2] as number) & NODE.GONE) !== 0) {
        table.replace(old, undefined);
        at = end;
      } else {
        const read = readNode(bytes, at + 2, start, end);
        table.replace(old, read.node);
        at = read.at;
      }
      if (++names % NAMES_PER_STEP === 0) yield;
    }
  }
  return { ...base, serial: delta.serial, soa: delta.soa, table: table.seal() };
}

function readNode(bytes: Uint8Array, flagsAt: number, start: number, end: number): { node: ZoneNode; at: number } {
  const flags = bytes[flagsAt] as number;
  const records = readSets(bytes, end + 4);
  const wildcard = readSets(bytes, records.at);
  const nameServers = readSets(bytes, wildcard.at);
  const policy = (flags & NODE.APEX_FORWARDS) !== 0 ? "forward" : "nameError";
  const isApex = (flags & NODE.APEX) !== 0 && nameServers.sets !== undefined;
  const node: ZoneNode = {
    bytes,
    start,
    end,
    hash: hashLabels(bytes, start, end),
    records: records.sets,
    wildcard: wildcard.sets,
    below: readU32(bytes, end),
    apex: isApex ? { policy, nameServers: nameServers.sets as RecordSet } : undefined,
  };
  return { node, at: nameServers.at };
}

/** Sets follow each other in the order in which they were linked. */
function readSets(bytes: Uint8Array, start: number): { readonly sets: RecordSet | undefined; readonly at: number } {
  const count = bytes[start] as number;
  let at = start + 1;
  const found: Omit<RecordSet, "next">[] = [];
  for (let i = 0; i < count; i++) {
    const from = at + 10;
    const to = from + readU32(bytes, at + 6);
    found.push({
      type: readU16(bytes, at),
      count: readU16(bytes, at + 2),
      stride: readU16(bytes, at + 4),
      bytes,
      start: from,
      end: to,
    });
    at = to;
  }
  let sets: RecordSet | undefined;
  for (const set of found.reverse()) sets = { ...set, next: sets };
  return { sets, at };
}
