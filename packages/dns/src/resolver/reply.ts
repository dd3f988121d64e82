import { copyBytes, readU16, writeU16 } from "../wire/bytes.ts";
import { FLAG, HEADER_LENGTH, TYPE } from "../wire/codes.ts";
import { MAX_UDP, type Query } from "./query.ts";

/** How the room for a reply is made; what is in it does not matter. */
export type Allocate = (length: number) => Uint8Array;

export const OPT_LENGTH = 11;

/** 12 bytes: the id, the opcode and RD are the query's (RFC 8906), no question. */
export function headerReply(message: Uint8Array, rcode: number, allocate: Allocate): Uint8Array {
  const reply = allocate(HEADER_LENGTH);
  const flags = readU16(message, 2);
  writeU16(reply, 0, readU16(message, 0));
  writeU16(reply, 2, FLAG.QR | (flags & (FLAG.OPCODE | FLAG.RD)) | rcode);
  for (let at = 4; at < HEADER_LENGTH; at++) reply[at] = 0;
  return reply;
}

/** Header and question, the client's own bytes, so that the case of its letters comes back (RFC 4343 section 4.1). Gives its end. */
export function writeQuestion(
  query: Query,
  flags: number,
  answers: number,
  authorities: number,
  additional: number,
  reply: Uint8Array,
): number {
  const { message, question, edns } = query;
  writeU16(reply, 0, readU16(message, 0));
  writeU16(reply, 2, FLAG.QR | (readU16(message, 2) & (FLAG.RD | FLAG.CD)) | flags);
  writeU16(reply, 4, 1);
  writeU16(reply, 6, answers);
  writeU16(reply, 8, authorities);
  writeU16(reply, 10, additional + (edns === undefined ? 0 : 1));
  return copyBytes(message, HEADER_LENGTH, question.end, reply, HEADER_LENGTH);
}

/** One OPT out for one in, none for none (RFC 6891 sections 6.1.1 and 7). Gives its end. */
export function writeOpt(query: Query, rcode: number, reply: Uint8Array, at: number): number {
  if (query.edns === undefined) return at;
  reply[at] = 0;
  writeU16(reply, at + 1, TYPE.OPT);
  writeU16(reply, at + 3, MAX_UDP);
  reply[at + 5] = rcode >> 4;
  reply[at + 6] = 0;
  // DO comes back as it came (RFC 3225 section 3).
  writeU16(reply, at + 7, query.edns.dnssecOk ? 0x8000 : 0);
  writeU16(reply, at + 9, 0);
  return at + OPT_LENGTH;
}

export function optLength(query: Query): number {
  return query.edns === undefined ? 0 : OPT_LENGTH;
}

/** Question and code, no records: REFUSED, SERVFAIL, BADVERS, and TC where an answer has no room. */
export function bareReply(query: Query, rcode: number, flags: number, allocate: Allocate): Uint8Array {
  const reply = allocate(query.question.end + optLength(query));
  const end = writeQuestion(query, flags | (rcode & 15), 0, 0, 0, reply);
  writeOpt(query, rcode, reply, end);
  return reply;
}
