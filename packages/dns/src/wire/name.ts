/**
 * Domain names on the wire (RFC 1035 sections 3.1 and 4.1.4). "Labels" are the name's bytes without the root's zero
 * byte: so a suffix of a name is a suffix of its bytes, and a name is compared wherever it stands.
 */
import { readU16 } from "./bytes.ts";

export const MAX_LABEL = 63;
/** The root's zero byte included (RFC 1035 section 2.3.4). */
export const MAX_NAME = 255;

/** ASCII upper case folded, every other byte as it is (RFC 4343 section 3). Length bytes stay: none is above 63. */
export const LOWER: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 65 && byte <= 90 ? byte + 32 : byte,
);

/**
 * End of an uncompressed name, the root's byte included; -1 where it is cut, longer than 255 bytes, or holds a
 * pointer or another label type.
 */
export function scanName(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length) {
    const length = bytes[at] as number;
    if (length === 0) return at + 1 - start > MAX_NAME ? -1 : at + 1;
    if (length > MAX_LABEL) return -1;
    at += length + 1;
  }
  return -1;
}

/** End of a name that may be compressed, in place; its pointer is not followed. -1 where it is cut. */
export function skipName(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && at - start < MAX_NAME) {
    const length = bytes[at] as number;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2 > bytes.length ? -1 : at + 2;
    if (length > MAX_LABEL) return -1;
    at += length + 1;
  }
  return -1;
}

/** The labels of a name that may be compressed. A pointer must lead backwards, so there is no loop; undefined else. */
export function decompressName(bytes: Uint8Array, start: number): Uint8Array | undefined {
  const labels: number[] = [];
  let at = start;
  let barrier = start;
  while (at < bytes.length) {
    const length = bytes[at] as number;
    if (length === 0) return Uint8Array.from(labels);
    if (length >= 0xc0) {
      const target = readU16(bytes, at) & 0x3fff;
      if (at + 2 > bytes.length || target >= barrier) return undefined;
      barrier = target;
      at = target;
      continue;
    }
    if (length > MAX_LABEL || at + 1 + length > bytes.length || labels.length + length + 2 > MAX_NAME) return undefined;
    for (let i = 0; i <= length; i++) labels.push(bytes[at + i] as number);
    at += length + 1;
  }
  return undefined;
}

/** FNV-1a over the labels, folded more than they need to be: that takes no table, and whoever compares them sees the rest. */
export function hashLabels(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ ((bytes[i] as number) | 0x20), 0x01000193);
  return hash ^ (hash >>> 15);
}

/** Whether folded labels are the lower-case labels at `at`. */
export function sameLabels(bytes: Uint8Array, start: number, end: number, lower: Uint8Array, at: number): boolean {
  for (let i = start, j = at; i < end; i++, j++) {
    if (LOWER[bytes[i] as number] !== lower[j]) return false;
  }
  return true;
}

/** One character a byte, folded: a key for maps. */
export function labelsKey(bytes: Uint8Array, start: number, end: number): string {
  let key = "";
  for (let i = start; i < end; i++) key += String.fromCharCode(LOWER[bytes[i] as number] as number);
  return key;
}
