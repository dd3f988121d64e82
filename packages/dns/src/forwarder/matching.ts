import { readU16 } from "../wire/bytes.ts";
import { FLAG, HEADER_LENGTH, RCODE } from "../wire/codes.ts";
import { type Response, sameQuestion, scanResponse } from "../wire/response.ts";

/** The response to a query, if this is one: id, QR and the whole question are the same. */
export function matching(message: Uint8Array, query: Uint8Array): Response | "noEdns" | undefined {
  const flags = readU16(message, 2);
  const bare = message.length >= HEADER_LENGTH && (flags & FLAG.QR) !== 0 && readU16(message, 4) === 0;
  const rcode = flags & 15;
  if (readU16(message, 0) !== readU16(query, 0)) return undefined;
  // Servers that know no OPT answer with the header alone.
  if (bare && (rcode === RCODE.FORMERR || rcode === RCODE.NOTIMP)) return "noEdns";
  const response = scanResponse(message);
  if (response === undefined || !sameQuestion(message, query, response.questionEnd)) return undefined;
  return response.rcode === RCODE.FORMERR && readU16(query, 10) > 0 ? "noEdns" : response;
}
