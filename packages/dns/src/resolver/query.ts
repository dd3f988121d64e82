import { readU16 } from "../wire/bytes.ts";
import { CLASS_IN, FLAG, RCODE, TYPE } from "../wire/codes.ts";
import { judgeHeader } from "../wire/header.ts";
import { type Edns, type Question, scanEdns, scanQuestion, skipRecord } from "../wire/query.ts";

/** A message that asks something which can be answered. */
export interface Query {
  readonly message: Uint8Array;
  readonly question: Question;
  readonly edns: Edns | undefined;
}

/** What to do with a message: look it up, say nothing, or answer with a code alone. */
export type QueryVerdict =
  | { readonly kind: "query"; readonly query: Query }
  | { readonly kind: "silence" }
  /** Answered by the header alone, since the question cannot be trusted. */
  | { readonly kind: "malformed"; readonly rcode: number }
  | { readonly kind: "refused"; readonly query: Query; readonly rcode: number };

const SILENCE: QueryVerdict = { kind: "silence" };

/** Never throws, whatever the bytes are. */
export function judgeQuery(message: Uint8Array): QueryVerdict {
  const verdict = judgeHeader(message);
  if (verdict === "silence") return SILENCE;
  if (verdict !== "query") return judgeChangesRequest(message) ?? { kind: "malformed", rcode: verdict };
  const question = scanQuestion(message);
  if (question === undefined) return { kind: "malformed", rcode: RCODE.FORMERR };
  const edns = scanEdns(message, question.end);
  if (edns === "malformed") return { kind: "malformed", rcode: RCODE.FORMERR };
  const query = { message, question, edns };
  if (edns !== undefined && edns.version > 0) return { kind: "refused", query, rcode: RCODE.BADVERS };
  if (question.class !== CLASS_IN || !isDataType(question.type))
    return { kind: "refused", query, rcode: RCODE.REFUSED };
  return { kind: "query", query };
}

/** IXFR is the one query with something in its authority section: the SOA that its sender has (RFC 1995 section 3). */
function judgeChangesRequest(message: Uint8Array): QueryVerdict | undefined {
  if ((readU16(message, 2) & FLAG.OPCODE) !== 0 || readU16(message, 10) > 2) return undefined;
  if (readU16(message, 4) !== 1 || readU16(message, 6) !== 0 || readU16(message, 8) !== 1) return undefined;
  const question = scanQuestion(message);
  if (question?.type !== TYPE.IXFR) return undefined;
  const end = skipRecord(message, question.end);
  const edns = end < 0 ? "malformed" : scanEdns(message, end);
  if (edns === "malformed") return undefined;
  return { kind: "refused", query: { message, question, edns }, rcode: RCODE.REFUSED };
}

/** Transfers (RFC 5936 section 4.2: we allow none), and types that stand for no data (RFC 6895 section 3.1). */
function isDataType(type: number): boolean {
  return type !== 0 && type !== TYPE.OPT && !(type >= TYPE.TKEY && type <= TYPE.AXFR);
}

export function recursionDesired(query: Query): boolean {
  return (readU16(query.message, 2) & FLAG.RD) !== 0;
}

/** What we send over UDP at most: no fragment on any path (RFC 9715). */
export const MAX_UDP = 1232;

/** How long a reply over UDP may be: 512 without EDNS, and no less with it (RFC 6891 section 6.2.3). */
export function udpLimit(edns: Edns | undefined): number {
  return edns === undefined ? 512 : Math.min(MAX_UDP, Math.max(512, edns.udpSize));
}
