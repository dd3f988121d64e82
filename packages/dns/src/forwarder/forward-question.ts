import { writeU16 } from "../wire/bytes.ts";
import { CLASS_IN, FLAG, HEADER_LENGTH, TYPE } from "../wire/codes.ts";
import { labelsKey } from "../wire/name.ts";

/** What is asked of an upstream; class IN. */
export interface ForwardQuestion {
  /** As the client wrote them. */
  readonly labels: Uint8Array;
  readonly type: number;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
}

/** Questions with the same key have the same answer (RFC 4035 sections 4.6 and 4.7 for DO and CD). */
export function questionKey({ labels, type, dnssecOk, checkingDisabled }: ForwardQuestion): string {
  return `${type} ${dnssecOk ? 1 : 0}${checkingDisabled ? 1 : 0} ${labelsKey(labels, 0, labels.length)}`;
}

/** What an upstream's answer may measure over UDP: the same as ours. */
const UDP_SIZE = 1232;

/** A query of our own making, id 0: nothing of the client's message but the question goes on (cookies and other options are between neighbours). */
export function encodeQuery(question: ForwardQuestion, edns: boolean): Uint8Array {
  const { labels, type, dnssecOk, checkingDisabled } = question;
  const end = HEADER_LENGTH + labels.length + 5;
  const message = new Uint8Array(end + (edns ? 11 : 0));
  writeU16(message, 2, FLAG.RD | (checkingDisabled ? FLAG.CD : 0));
  writeU16(message, 4, 1);
  writeU16(message, 10, edns ? 1 : 0);
  message.set(labels, HEADER_LENGTH);
  writeU16(message, end - 4, type);
  writeU16(message, end - 2, CLASS_IN);
  if (edns) {
    writeU16(message, end + 1, TYPE.OPT);
    writeU16(message, end + 3, UDP_SIZE);
    writeU16(message, end + 7, dnssecOk ? 0x8000 : 0);
  }
  return message;
}
