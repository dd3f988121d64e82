import { readU16, readU32, writeU32 } from "./bytes.ts";
import { FLAG, HEADER_LENGTH, RCODE, TYPE } from "./codes.ts";
import { LOWER, skipName } from "./name.ts";
import { scanQuestion } from "./query.ts";

/** A server's answer, checked from end to end, with what is needed to keep it and to pass it on. */
export interface Response {
  readonly message: Uint8Array;
  readonly flags: number;
  /** Its upper bits come from the OPT record. */
  readonly rcode: number;
  readonly truncated: boolean;
  readonly questionEnd: number;
  /** Where the OPT record begins, else where the last record ends: what lies behind is not passed on. */
  readonly end: number;
  readonly answers: number;
  readonly authorities: number;
  /** Additional records before the OPT. */
  readonly additional: number;
  /** Whether any TTL is above 2^31-1, which is 0 (RFC 2181 section 8). */
  readonly oddTtl: boolean;
  /** How long it may be kept (RFC 2181 section 8, RFC 2308 section 5); 0 where it may not. */
  readonly ttlSeconds: number;
  /** It says that there is no such name, or none of that type (RFC 2308 section 2). */
  readonly negative: boolean;
}

/** Undefined where it is no response, has not exactly one question, or is cut or malformed anywhere. */
export function scanResponse(message: Uint8Array): Response | undefined {
  if (message.length < HEADER_LENGTH) return undefined;
  const flags = readU16(message, 2);
  if ((flags & FLAG.QR) === 0 || (flags & FLAG.OPCODE) !== 0 || readU16(message, 4) !== 1) return undefined;
  const question = scanQuestion(message);
  if (question === undefined) return undefined;
  const answers = readU16(message, 6);
  const authorities = readU16(message, 8);
  const additionalAt = answers + authorities;
  const records = additionalAt + readU16(message, 10);
  let at = question.end;
  let end = -1;
  let kept = 0;
  let rcode = flags & 15;
  let positive = Number.POSITIVE_INFINITY;
  let negative = 0;
  let answered = false;
  let oddTtl = false;
  for (let i = 0; i < records; i++) {
    const fixed = skipName(message, at);
    if (fixed < 0 || fixed + 10 > message.length) return undefined;
    const type = readU16(message, fixed);
    const next = fixed + 10 + readU16(message, fixed + 8);
    if (next > message.length) return undefined;
    if (type === TYPE.OPT && i >= additionalAt) {
      if (end < 0) rcode |= (message[fixed + 4] as number) << 4;
      if (end < 0) end = at;
    } else {
      const ttl = readTtl(message, fixed + 4);
      if (((message[fixed + 4] as number) & 0x80) !== 0) oddTtl = true;
      if (i < answers) {
        positive = Math.min(positive, ttl);
        // An answer of CNAMEs alone is a negative one (RFC 2308 section 2.2).
        if (type === question.type || question.type === TYPE.ANY) answered = true;
      } else if (i < additionalAt && type === TYPE.SOA && next - 4 > fixed + 10) {
        negative = Math.min(ttl, readTtl(message, next - 4));
      }
      if (end < 0 && i >= additionalAt) kept++;
    }
    at = next;
  }
  const isNegative = rcode === RCODE.NXDOMAIN || !answered;
  return {
    message,
    flags,
    rcode,
    truncated: (flags & FLAG.TC) !== 0,
    questionEnd: question.end,
    end: end < 0 ? at : end,
    answers,
    authorities,
    additional: kept,
    oddTtl,
    ttlSeconds: isNegative ? Math.min(negative, positive) : positive,
    negative: isNegative,
  };
}

/** Counts the TTLs of so many records down in place; they were scanned before. */
export function ageTtls(message: Uint8Array, start: number, records: number, seconds: number): void {
  let at = start;
  for (let left = records; left > 0; left--) {
    const fixed = skipName(message, at);
    writeU32(message, fixed + 4, Math.max(0, readTtl(message, fixed + 4) - seconds));
    at = fixed + 10 + readU16(message, fixed + 8);
  }
}

/** Brings the TTLs of so many records down to at most `seconds`, in place; they were scanned before. */
export function capTtls(message: Uint8Array, start: number, records: number, seconds: number): void {
  let at = start;
  for (let left = records; left > 0; left--) {
    const fixed = skipName(message, at);
    writeU32(message, fixed + 4, Math.min(seconds, readTtl(message, fixed + 4)));
    at = fixed + 10 + readU16(message, fixed + 8);
  }
}

/** A TTL above 2^31-1 is 0 (RFC 2181 section 8). */
export function readTtl(message: Uint8Array, at: number): number {
  const ttl = readU32(message, at);
  return ttl > 0x7fffffff ? 0 : ttl;
}

/** Name folded, type and class as they are: the whole question (RFC 5452 section 9.1). */
export function sameQuestion(a: Uint8Array, b: Uint8Array, end: number): boolean {
  if (a.length < end || b.length < end) return false;
  for (let i = HEADER_LENGTH; i < end - 4; i++) {
    if (LOWER[a[i] as number] !== LOWER[b[i] as number]) return false;
  }
  return readU32(a, end - 4) === readU32(b, end - 4);
}
