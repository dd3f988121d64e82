import { readU16 } from "./bytes.ts";
import { HEADER_LENGTH, TYPE } from "./codes.ts";
import { decompressName, skipName } from "./name.ts";
import { readTtl } from "./response.ts";

/** A record taken apart; names in it are whole, without pointers. */
export interface WireRecord {
  readonly owner: Uint8Array;
  readonly type: number;
  readonly class: number;
  readonly ttlSeconds: number;
  /** With the names of the types of RFC 1035 and of SRV written out; other types hold none that may be compressed (RFC 3597). */
  readonly rdata: Uint8Array;
}

export type Section = "answer" | "authority" | "additional";

/** The records of one section; undefined where the message is cut or malformed up to its end. */
export function decodeSection(message: Uint8Array, section: Section): readonly WireRecord[] | undefined {
  let at = HEADER_LENGTH;
  for (let left = readU16(message, 4); left > 0; left--) {
    const end = skipName(message, at);
    if (end < 0 || end + 4 > message.length) return undefined;
    at = end + 4;
  }
  for (const [i, name] of (["answer", "authority", "additional"] as const).entries()) {
    const records: WireRecord[] = [];
    for (let left = readU16(message, 6 + 2 * i); left > 0; left--) {
      const decoded = decodeRecord(message, at);
      if (decoded === undefined) return undefined;
      records.push(decoded.record);
      at = decoded.end;
    }
    if (name === section) return records;
  }
  return undefined;
}

function decodeRecord(message: Uint8Array, at: number): { record: WireRecord; end: number } | undefined {
  const owner = decompressName(message, at);
  const fixed = skipName(message, at);
  if (owner === undefined || fixed < 0 || fixed + 10 > message.length) return undefined;
  const end = fixed + 10 + readU16(message, fixed + 8);
  if (end > message.length) return undefined;
  const type = readU16(message, fixed);
  const rdata = wholeRdata(message, type, fixed + 10, end);
  if (rdata === undefined) return undefined;
  return {
    record: { owner, type, class: readU16(message, fixed + 2), ttlSeconds: readTtl(message, fixed + 4), rdata },
    end,
  };
}

/** Bytes before the names of a type's RDATA, and how many names there are. */
const names = new Map<number, readonly [before: number, names: number]>([
  [TYPE.NS, [0, 1]],
  [TYPE.CNAME, [0, 1]],
  [TYPE.PTR, [0, 1]],
  [TYPE.SOA, [0, 2]],
  [TYPE.MX, [2, 1]],
  [TYPE.SRV, [6, 1]],
]);

function wholeRdata(message: Uint8Array, type: number, start: number, end: number): Uint8Array | undefined {
  const layout = names.get(type);
  if (layout === undefined) return message.slice(start, end);
  const [before, count] = layout;
  const parts = [message.subarray(start, start + before)];
  let at = start + before;
  for (let i = 0; i < count; i++) {
    const labels = at < end ? decompressName(message, at) : undefined;
    at = skipName(message, at);
    if (labels === undefined || at < 0 || at > end) return undefined;
    parts.push(labels, Uint8Array.of(0));
  }
  parts.push(message.subarray(at, end));
  const rdata = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let to = 0;
  for (const part of parts) {
    rdata.set(part, to);
    to += part.length;
  }
  return rdata;
}
