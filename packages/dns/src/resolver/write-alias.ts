import { copyBytes, writeU16, writeU32 } from "../wire/bytes.ts";
import { CLASS_IN, TYPE } from "../wire/codes.ts";
import { RECORD_HEAD } from "../zone/node.ts";
import type { NamePlace } from "./lookup.ts";

/** The question's name stands right behind the header. */
export const QUESTION_NAME_AT = 12;

/** Length of a CNAME record whose target this is. */
export function aliasLength(alias: NamePlace): number {
  return RECORD_HEAD + alias.end - alias.start + 1;
}

/** A CNAME whose owner is the name at `ownerAt`; its target stands uncompressed behind the record's head. Gives its end. */
export function writeAlias(
  alias: NamePlace,
  ttlSeconds: number,
  ownerAt: number,
  reply: Uint8Array,
  at: number,
): number {
  writeU16(reply, at, 0xc000 | ownerAt);
  writeU16(reply, at + 2, TYPE.CNAME);
  writeU16(reply, at + 4, CLASS_IN);
  writeU32(reply, at + 6, ttlSeconds);
  writeU16(reply, at + 10, alias.end - alias.start + 1);
  const end = copyBytes(alias.bytes, alias.start, alias.end, reply, at + RECORD_HEAD);
  reply[end] = 0;
  return end + 1;
}
