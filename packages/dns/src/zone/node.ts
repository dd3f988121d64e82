/** The records of one type at one name, as bytes that a reply takes over; the owner is a pointer that the writer sets. */
export interface RecordSet {
  readonly type: number;
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Length of each record; 0 where they differ. */
  readonly stride: number;
  /** Records of another type at this name. */
  readonly next: RecordSet | undefined;
}

/** Bytes of a record before its RDATA: owner pointer, type, class, TTL, length. */
export const RECORD_HEAD = 12;

/** A name that exists: it has records, a wildcard below it, or names below it (an empty non-terminal, RFC 8020). */
export interface ZoneNode {
  /** Lower-case labels, in bytes that other nodes share. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly hash: number;
  readonly records: RecordSet | undefined;
  /** Records of `*` below it. */
  readonly wildcard: RecordSet | undefined;
  /** How many names lie directly below it. */
  readonly below: number;
  readonly apex: Apex | undefined;
}

/** Where a zone that we own begins. */
export interface Apex {
  readonly policy: ApexPolicy;
  readonly nameServers: RecordSet;
}

/** What becomes of names below an apex that do not exist. */
export type ApexPolicy = "nameError" | "forward";

export function recordsOfType(sets: RecordSet | undefined, type: number): RecordSet | undefined {
  for (let set = sets; set !== undefined; set = set.next) if (set.type === type) return set;
  return undefined;
}
