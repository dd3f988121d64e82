import { copyBytes, readU16 } from "../wire/bytes.ts";
import { FLAG } from "../wire/codes.ts";
import { ageTtls, type Response } from "../wire/response.ts";
import type { Query } from "./query.ts";
import { type Allocate, bareReply, optLength, writeOpt, writeQuestion } from "./reply.ts";

export interface RelayOptions {
  /** How long ago the response came, to count its TTLs down. */
  readonly ageSeconds: number;
  readonly limit: number;
  readonly allocate: Allocate;
}

/**
 * Another server's response as the reply to a client: the client's id and question, the response's records byte for byte with
 * their TTLs counted down, and an OPT record of ours if the client sent one. Both questions have the same length, so pointers stay right.
 */
export function relayReply(query: Query, response: Response, options: RelayOptions): Uint8Array {
  // AD is the upstream's word on data that it checked, for clients that ask for it (RFC 6840 section 5.8); AA never is ours to pass on.
  const checked = (response.flags & FLAG.AD) !== 0 && wantsChecked(query) ? FLAG.AD : 0;
  const flags = FLAG.RA | checked | (response.rcode & 15);
  const { answers, authorities, additional, message, questionEnd, end, oddTtl } = response;
  const length = end + optLength(query);
  if (length > options.limit) return bareReply(query, response.rcode, flags | FLAG.TC, options.allocate);
  const reply = options.allocate(length);
  writeQuestion(query, flags, answers, authorities, additional, reply);
  copyBytes(message, questionEnd, end, reply, questionEnd);
  if (oddTtl || options.ageSeconds > 0) {
    ageTtls(reply, questionEnd, answers + authorities + additional, options.ageSeconds);
  }
  writeOpt(query, response.rcode, reply, end);
  return reply;
}

function wantsChecked({ message, edns }: Query): boolean {
  return edns?.dnssecOk === true || (readU16(message, 2) & FLAG.AD) !== 0;
}
