import { parseType } from "../wire/codes.ts";
import { parseName } from "../wire/name-text.ts";

export interface QueryWords {
  readonly name?: string;
  /** In the place of `name`: bytes as they stand, the root's zero byte included. */
  readonly rawName?: readonly number[];
  readonly type?: string;
  readonly class?: number;
  readonly id?: number;
  /** The header's second word; RD alone unless said. */
  readonly flags?: number;
  /** Counts of the four sections, where they are not what follows. */
  readonly counts?: readonly [number, number, number, number];
  readonly edns?: {
    readonly size?: number;
    readonly dnssecOk?: boolean;
    readonly version?: number;
    readonly options?: readonly number[];
  };
  /** Bytes behind the last record. */
  readonly trailing?: readonly number[];
}

/** A query, byte by byte, so that wrong ones can be made as well. */
export function queryBytes(words: QueryWords = {}): Uint8Array {
  const labels = parseName(words.name ?? "reviews.shop.global");
  if (labels === undefined) throw new TypeError(`no name: ${words.name}`);
  const name = words.rawName ?? [...labels, 0];
  const type = parseType(words.type ?? "A");
  if (type === undefined) throw new TypeError(`no type: ${words.type}`);
  const opt = words.edns === undefined ? [] : optBytes(words.edns);
  const counts = words.counts ?? [1, 0, 0, words.edns === undefined ? 0 : 1];
  return Uint8Array.from([
    ...u16(words.id ?? 0x1234),
    ...u16(words.flags ?? 0x0100),
    ...counts.flatMap(u16),
    ...name,
    ...u16(type),
    ...u16(words.class ?? 1),
    ...opt,
    ...(words.trailing ?? []),
  ]);
}

export function optBytes({
  size = 1232,
  dnssecOk = false,
  version = 0,
  options = [],
}: NonNullable<QueryWords["edns"]>): number[] {
  return [0, 0, 41, ...u16(size), 0, version, dnssecOk ? 0x80 : 0, 0, ...u16(options.length), ...options];
}

/** The SOA record of a zone, its names at the question's. */
export function soaBytes(zone: string, serial: number): number[] {
  const names = [...(parseName(zone) ?? []), 0, 0];
  const numbers = [serial, 0, 0, 0, 0].flatMap((value) => [...u16(value >>> 16), ...u16(value & 0xffff)]);
  const rdata = [...names, ...numbers];
  return [0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 0, ...u16(rdata.length), ...rdata];
}

export function u16(value: number): number[] {
  return [value >> 8, value & 255];
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
