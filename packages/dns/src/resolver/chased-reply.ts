import { writeU16, writeU32 } from "../wire/bytes.ts";
import { FLAG } from "../wire/codes.ts";
import { decodeSection, type WireRecord } from "../wire/decode.ts";
import type { Response } from "../wire/response.ts";
import { RECORD_HEAD } from "../zone/node.ts";
import type { Zone } from "../zone/zone.ts";
import type { NamePlace } from "./lookup.ts";
import type { Query } from "./query.ts";
import type { RelayOptions } from "./relay-reply.ts";
import { bareReply, optLength, writeOpt, writeQuestion } from "./reply.ts";
import { aliasLength, QUESTION_NAME_AT, writeAlias } from "./write-alias.ts";

/**
 * Aliases of ours that lead to a name which is not ours, and what another server says about that: one answer, since most
 * stub resolvers do not follow a CNAME themselves. Names are written out: the pointers of the response mean other places.
 */
export function chasedReply(
  query: Query,
  zone: Zone,
  aliases: readonly NamePlace[],
  response: Response,
  options: RelayOptions,
): Uint8Array {
  const { message, rcode } = response;
  const answers = decodeSection(message, "answer") ?? [];
  const authorities = decodeSection(message, "authority") ?? [];
  const flags = FLAG.RA | (rcode & 15);
  let length = query.question.end + optLength(query);
  for (const alias of aliases) length += aliasLength(alias);
  for (const record of [...answers, ...authorities]) length += recordLength(record);
  if (length > options.limit) return bareReply(query, rcode, flags | FLAG.TC, options.allocate);

  const reply = options.allocate(length);
  let at = writeQuestion(query, flags, aliases.length + answers.length, authorities.length, 0, reply);
  let nameAt = QUESTION_NAME_AT;
  for (const alias of aliases) {
    const end = writeAlias(alias, zone.options.ttlSeconds, nameAt, reply, at);
    nameAt = at + RECORD_HEAD;
    at = end;
  }
  for (const record of [...answers, ...authorities]) at = writeRecord(record, options.ageSeconds, reply, at);
  writeOpt(query, rcode, reply, at);
  return reply;
}

function recordLength({ owner, rdata }: WireRecord): number {
  return owner.length + 1 + 10 + rdata.length;
}

function writeRecord(record: WireRecord, ageSeconds: number, reply: Uint8Array, start: number): number {
  reply.set(record.owner, start);
  const at = start + record.owner.length + 1;
  reply[at - 1] = 0;
  writeU16(reply, at, record.type);
  writeU16(reply, at + 2, record.class);
  writeU32(reply, at + 4, Math.max(0, record.ttlSeconds - ageSeconds));
  writeU16(reply, at + 8, record.rdata.length);
  reply.set(record.rdata, at + 10);
  return at + 10 + record.rdata.length;
}
