import { copyBytes, readU16, writeU16 } from "../wire/bytes.ts";
import { FLAG, RCODE, TYPE } from "../wire/codes.ts";
import { RECORD_HEAD, type RecordSet } from "../zone/node.ts";
import { SOA_MNAME_AT } from "../zone/soa.ts";
import type { Zone } from "../zone/zone.ts";
import { additionalAddresses } from "./additional.ts";
import type { LookupResult } from "./lookup.ts";
import type { Query } from "./query.ts";
import { type Allocate, bareReply, optLength, writeOpt, writeQuestion } from "./reply.ts";
import { aliasLength, QUESTION_NAME_AT, writeAlias } from "./write-alias.ts";

export interface ReplyOptions {
  /** Longest reply in bytes; a longer one becomes TC without records, so that no part of a set is read as the whole (RFC 2181 section 9). */
  readonly limit: number;
  /** Whether RA is set: names that are not ours are forwarded. */
  readonly recursion: boolean;
  /** Where the records of a set begin: any number; sets are turned by it, so that each address comes first equally often. */
  readonly rotation: number;
  readonly allocate: Allocate;
}

/** What a zone said, as a message. `outside` with aliases gives the aliases alone. */
export function zoneReply(query: Query, zone: Zone, result: LookupResult, options: ReplyOptions): Uint8Array {
  const ra = options.recursion ? FLAG.RA : 0;
  if (result.kind === "tooManyAliases") return bareReply(query, RCODE.SERVFAIL, ra, options.allocate);
  const flags = FLAG.AA | ra | (result.kind === "nameError" ? RCODE.NXDOMAIN : RCODE.NOERROR);
  const aliases = result.kind === "startOfAuthority" ? [] : result.aliases;
  const records = result.kind === "answer" ? result.records : undefined;
  const negative = result.kind === "noData" || result.kind === "nameError";
  const soa = negative || result.kind === "startOfAuthority" ? zone.soa.length : 0;
  let length = query.question.end + soa + optLength(query);
  for (const alias of aliases) length += aliasLength(alias);
  if (records !== undefined) length += records.end - records.start;
  if (length > options.limit) return bareReply(query, RCODE.NOERROR, flags | FLAG.TC, options.allocate);

  const extra = records?.type === TYPE.SRV ? additionalAddresses(zone, records, options.limit - length) : [];
  for (const { set } of extra) length += set.end - set.start;
  const reply = options.allocate(length);
  const answers = aliases.length + (records?.count ?? 0) + (soa > 0 && !negative ? 1 : 0);
  const additional = extra.reduce((sum, { set }) => sum + set.count, 0);
  let at = writeQuestion(query, flags, answers, negative ? 1 : 0, additional, reply);
  let nameAt = QUESTION_NAME_AT;
  for (const alias of aliases) {
    const end = writeAlias(alias, zone.options.ttlSeconds, nameAt, reply, at);
    nameAt = at + RECORD_HEAD;
    at = end;
  }
  const recordsAt = at;
  if (records !== undefined) at = writeRecords(records, nameAt, extra.length > 0 ? 0 : options.rotation, reply, at);
  if (soa > 0) at = writeSoa(zone, nameAt + (negative ? result.apexAt : 0), reply, at);
  for (const { set, targetAt } of extra) at = writeRecords(set, recordsAt + targetAt, options.rotation, reply, at);
  writeOpt(query, flags & 15, reply, at);
  return reply;
}

/** The set's bytes, turned by whole records, its owner a pointer to the name at `ownerAt`. */
function writeRecords(set: RecordSet, ownerAt: number, rotation: number, reply: Uint8Array, at: number): number {
  const turn = set.start + (set.stride === 0 ? 0 : (rotation % set.count) * set.stride);
  let end = copyBytes(set.bytes, turn, set.end, reply, at);
  if (turn > set.start) end = copyBytes(set.bytes, set.start, turn, reply, end);
  if (ownerAt !== QUESTION_NAME_AT) {
    for (let record = at; record < end; record += RECORD_HEAD + readU16(reply, record + 10)) {
      writeU16(reply, record, 0xc000 | ownerAt);
    }
  }
  return end;
}

function writeSoa(zone: Zone, apexAt: number, reply: Uint8Array, at: number): number {
  const end = copyBytes(zone.soa, 0, zone.soa.length, reply, at);
  writeU16(reply, at, 0xc000 | apexAt);
  writeU16(reply, at + SOA_MNAME_AT, 0xc000 | apexAt);
  return end;
}
