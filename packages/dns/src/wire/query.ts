import { readU16 } from "./bytes.ts";
import { HEADER_LENGTH, TYPE } from "./codes.ts";
import { scanName, skipName } from "./name.ts";

/** A question where it stands: its name is `message[12 .. nameEnd)`, labels without the root's byte. */
export interface Question {
  readonly nameEnd: number;
  readonly type: number;
  readonly class: number;
  /** Where the question ends. */
  readonly end: number;
}

/** What the OPT record of a query says (RFC 6891 section 6.1). */
export interface Edns {
  readonly version: number;
  /** What the sender can take over UDP, as it said. */
  readonly udpSize: number;
  readonly dnssecOk: boolean;
}

/** Undefined: FORMERR. A pointer in it could lead only to itself, forward or into the header, so there is none. */
export function scanQuestion(message: Uint8Array): Question | undefined {
  const end = scanName(message, HEADER_LENGTH);
  if (end < 0 || end + 4 > message.length) return undefined;
  return { nameEnd: end - 1, type: readU16(message, end), class: readU16(message, end + 2), end: end + 4 };
}

/** Where the record at `start` ends; -1 where it is cut. */
export function skipRecord(message: Uint8Array, start: number): number {
  const fixed = skipName(message, start);
  if (fixed < 0 || fixed + 10 > message.length) return -1;
  const end = fixed + 10 + readU16(message, fixed + 8);
  return end > message.length ? -1 : end;
}

/**
 * The OPT record among the additional records, or undefined if there is none. "malformed" (FORMERR) where a record is
 * cut, is neither OPT nor TSIG, stands twice, or where options do not fill their OPT. Bytes behind the last record are not looked at.
 */
export function scanEdns(message: Uint8Array, start: number): Edns | undefined | "malformed" {
  let at = start;
  let edns: Edns | undefined;
  let signed = false;
  for (let left = readU16(message, 10); left > 0; left--) {
    const fixed = skipName(message, at);
    if (fixed < 0 || fixed + 10 > message.length) return "malformed";
    const type = readU16(message, fixed);
    const end = fixed + 10 + readU16(message, fixed + 8);
    if (end > message.length) return "malformed";
    if (type === TYPE.OPT) {
      if (edns !== undefined || fixed !== at + 1 || !optionsFill(message, fixed + 10, end)) return "malformed";
      edns = {
        version: message[fixed + 5] as number,
        udpSize: readU16(message, fixed + 2),
        dnssecOk: ((message[fixed + 6] as number) & 0x80) !== 0,
      };
    } else if (type === TYPE.TSIG && !signed) signed = true;
    else return "malformed";
    at = end;
  }
  return edns;
}

function optionsFill(message: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at + 4 <= end) at += 4 + readU16(message, at + 2);
  return at === end;
}
