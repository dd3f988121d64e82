import { writeU16, writeU32 } from "../wire/bytes.ts";
import { changedNodes, EMPTY_TABLE } from "./name-table.ts";
import type { RecordSet, ZoneNode } from "./node.ts";
import type { Zone, ZoneOptions } from "./zone.ts";

/** What makes one zone out of another, for a thread that has a copy of it: data only. `applyDelta` reads it. */
export interface ZoneDelta {
  /** Given: the copy begins anew with these. */
  readonly options: ZoneOptions | undefined;
  readonly serial: number;
  readonly soa: Uint8Array;
  readonly names: number;
  /** Nodes one after the other, none across two chunks; the copy answers from these bytes themselves. */
  readonly chunks: readonly Uint8Array[];
}

/** A change of a few names is sent as it is; the bytes of more lie in memory that threads share, and are copied by none. */
const SHARED_CHUNK = 65_536;
/** Names written between two steps: a millisecond or two. */
const NAMES_PER_STEP = 2_048;

/** What a node is to the table: gone, or there with what `flags` say. */
export const NODE = { GONE: 1, APEX: 2, APEX_FORWARDS: 4 } as const;

/** A driver that has other things to do may stop after each step. Without `before`, or where the options changed, the whole zone. */
export function* deltaInSteps(before: Zone | undefined, after: Zone): Generator<void, ZoneDelta> {
  const anew = before === undefined || before.options !== after.options;
  const chunks: Uint8Array[] = [];
  let chunk = roomOf(0);
  let used = 0;
  let names = 0;

  function close(): void {
    if (used > 0) chunks.push(isShared(chunk) ? chunk.subarray(0, used) : chunk.slice(0, used));
  }

  for (const [named, node] of changedNodes(anew ? EMPTY_TABLE : before.table, after.table)) {
    const length = lengthOf(named, node);
    if (used + length > chunk.length) {
      close();
      chunk = roomOf(Math.max(length, Math.min(Math.max(1_024, chunk.length * 4), SHARED_CHUNK)));
      used = 0;
    }
    used = writeNode(named, node, chunk, used);
    if (++names % NAMES_PER_STEP === 0) yield;
  }
  close();
  return { options: anew ? after.options : undefined, serial: after.serial, soa: after.soa, names, chunks };
}

function roomOf(length: number): Uint8Array {
  return new Uint8Array(length < SHARED_CHUNK ? new ArrayBuffer(length) : new SharedArrayBuffer(length));
}

function isShared({ buffer }: Uint8Array): boolean {
  return buffer instanceof SharedArrayBuffer;
}

function setsLength(sets: RecordSet | undefined): number {
  let length = 1;
  for (let set = sets; set !== undefined; set = set.next) length += 10 + set.end - set.start;
  return length;
}

function lengthOf(named: ZoneNode, node: ZoneNode | undefined): number {
  const length = 3 + named.end - named.start;
  if (node === undefined) return length;
  return length + 4 + setsLength(node.records) + setsLength(node.wildcard) + setsLength(node.apex?.nameServers);
}

function writeNode(named: ZoneNode, node: ZoneNode | undefined, bytes: Uint8Array, start: number): number {
  const labels = named.end - named.start;
  const apex = node?.apex === undefined ? 0 : NODE.APEX | (node.apex.policy === "forward" ? NODE.APEX_FORWARDS : 0);
  writeU16(bytes, start, labels);
  bytes[start + 2] = node === undefined ? NODE.GONE : apex;
  bytes.set(named.bytes.subarray(named.start, named.end), start + 3);
  let at = start + 3 + labels;
  if (node === undefined) return at;
  writeU32(bytes, at, node.below);
  at += 4;
  for (const sets of [node.records, node.wildcard, node.apex?.nameServers]) at = writeSets(sets, bytes, at);
  return at;
}

function writeSets(sets: RecordSet | undefined, bytes: Uint8Array, start: number): number {
  let count = 0;
  let at = start + 1;
  for (let set = sets; set !== undefined; set = set.next) {
    count++;
    writeU16(bytes, at, set.type);
    writeU16(bytes, at + 2, set.count);
    writeU16(bytes, at + 4, set.stride);
    writeU32(bytes, at + 6, set.end - set.start);
    bytes.set(set.bytes.subarray(set.start, set.end), at + 10);
    at += 10 + set.end - set.start;
  }
  bytes[start] = count;
  return at;
}
