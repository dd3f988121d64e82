import { writeU16, writeU32 } from "../wire/bytes.ts";
import { CLASS_IN, TYPE } from "../wire/codes.ts";
import { parseName } from "../wire/name-text.ts";
import { RECORD_HEAD } from "./node.ts";

/** Owner and MNAME are both the zone's name (RFC 6303 section 3): two pointers that the writer sets. */
export const SOA_MNAME_AT = RECORD_HEAD;

/**
 * One SOA record for every zone of ours. Its TTL and its MINIMUM are the same, so a negative answer is kept that long (RFC
 * 2308 section 5) and no longer than a positive one: a name that appears is seen as fast as one that changes.
 */
export function encodeSoa(serial: number, ttlSeconds: number): Uint8Array {
  const mailbox = parseName("nobody.invalid") as Uint8Array;
  const bytes = new Uint8Array(RECORD_HEAD + 2 + mailbox.length + 1 + 20);
  writeU16(bytes, 0, 0xc00c);
  writeU16(bytes, 2, TYPE.SOA);
  writeU16(bytes, 4, CLASS_IN);
  writeU32(bytes, 6, ttlSeconds);
  writeU16(bytes, 10, bytes.length - RECORD_HEAD);
  writeU16(bytes, SOA_MNAME_AT, 0xc00c);
  bytes.set(mailbox, SOA_MNAME_AT + 2);
  const numbers = bytes.length - 20;
  for (const [i, value] of [serial, 3600, 1200, 604_800, ttlSeconds].entries()) writeU32(bytes, numbers + 4 * i, value);
  return bytes;
}
