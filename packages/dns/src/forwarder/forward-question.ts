import { copyBytes, writeU16 } from "../wire/bytes.ts";
import { CLASS_IN, FLAG, HEADER_LENGTH, TYPE } from "../wire/codes.ts";
import { hashLabels, LOWER } from "../wire/name.ts";

/** What is asked of an upstream; class IN. */
export interface ForwardQuestion {
  /** The name as the client wrote it: `bytes[start .. end)`, labels without the root's byte. */
  readonly name: { readonly bytes: Uint8Array; readonly start: number; readonly end: number };
  readonly type: number;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
}

/** A name folded, behind what else the question says. */
const scratch = Buffer.alloc(3 + 255);

/** Questions with the same key have the same answer (RFC 4035 sections 4.6 and 4.7 for DO and CD). */
export function questionKey({ name, type, dnssecOk, checkingDisabled }: ForwardQuestion): string {
  writeU16(scratch, 0, type);
  scratch[2] = (dnssecOk ? 1 : 0) | (checkingDisabled ? 2 : 0);
  let at = 3;
  for (let i = name.start; i < name.end; i++) scratch[at++] = LOWER[name.bytes[i] as number] as number;
  return scratch.toString("latin1", 0, at);
}

/** The same for questions with the same key. */
export function questionHash({ name, type }: ForwardQuestion): number {
  return hashLabels(name.bytes, name.start, name.end) ^ Math.imul(type, 0x9e3779b1);
}

/** Whether two questions have the same key. */
export function sameKey(a: ForwardQuestion, b: ForwardQuestion): boolean {
  if (a.type !== b.type || a.dnssecOk !== b.dnssecOk || a.checkingDisabled !== b.checkingDisabled) return false;
  const length = a.name.end - a.name.start;
  if (length !== b.name.end - b.name.start) return false;
  for (let i = 0; i < length; i++) {
    const one = a.name.bytes[a.name.start + i] as number;
    const other = b.name.bytes[b.name.start + i] as number;
    if (LOWER[one] !== LOWER[other]) return false;
  }
  return true;
}

/** What an upstream's answer may measure over UDP: the same as ours. */
const UDP_SIZE = 1232;

/** A query of our own making, id 0: nothing of the client's message but the question goes on (cookies and other options are between neighbours). */
export function encodeQuery(question: ForwardQuestion, edns: boolean): Uint8Array {
  const { name, type, dnssecOk, checkingDisabled } = question;
  const end = HEADER_LENGTH + name.end - name.start + 5;
  // Out of a pool: memory of its own costs more than the whole message.
  const message = Buffer.allocUnsafe(end + (edns ? 11 : 0));
  writeU16(message, 0, 0);
  // AD asks to be told whether the data was checked (RFC 6840 section 5.7), without the signatures that DO would bring.
  writeU16(message, 2, FLAG.RD | FLAG.AD | (checkingDisabled ? FLAG.CD : 0));
  writeU16(message, 4, 1);
  writeU16(message, 6, 0);
  writeU16(message, 8, 0);
  writeU16(message, 10, edns ? 1 : 0);
  copyBytes(name.bytes, name.start, name.end, message, HEADER_LENGTH);
  message[end - 5] = 0;
  writeU16(message, end - 4, type);
  writeU16(message, end - 2, CLASS_IN);
  if (edns) {
    message[end] = 0;
    writeU16(message, end + 1, TYPE.OPT);
    writeU16(message, end + 3, UDP_SIZE);
    writeU16(message, end + 5, 0);
    writeU16(message, end + 7, dnssecOk ? 0x8000 : 0);
    writeU16(message, end + 9, 0);
  }
  return message;
}
