import { readU16 } from "./bytes.ts";
import { FLAG, HEADER_LENGTH, RCODE } from "./codes.ts";

/** What the 12 bytes say before anything behind them is read: drop it, refuse it with a code, or look at the question. */
export type HeaderVerdict = "silence" | "query" | typeof RCODE.FORMERR | typeof RCODE.NOTIMP;

/**
 * A response is never answered, so no packet can make two servers talk to each other (CVE-2024-2169). A query has one
 * question (RFC 9619), nothing in answer and authority, and at most an OPT and a TSIG record.
 */
export function judgeHeader(message: Uint8Array): HeaderVerdict {
  if (message.length < HEADER_LENGTH) return "silence";
  const flags = readU16(message, 2);
  if ((flags & FLAG.QR) !== 0) return "silence";
  if ((flags & FLAG.OPCODE) !== 0) return RCODE.NOTIMP;
  if (readU16(message, 4) !== 1) return RCODE.FORMERR;
  if (readU16(message, 6) !== 0 || readU16(message, 8) !== 0 || readU16(message, 10) > 2) return RCODE.FORMERR;
  return "query";
}
