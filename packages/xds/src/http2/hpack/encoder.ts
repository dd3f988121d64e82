import type { Allocate } from "../frame.ts";
import { type Field, STATIC_TABLE } from "./static-table.ts";

const WHOLE = new Map(STATIC_TABLE.map(([name, value], at) => [`${name}\n${value}`, at + 1]));
// The first of each name.
const NAMES = new Map(STATIC_TABLE.map(([name], at) => [name, at + 1] as const).reverse());

/**
 * A block of literals and entries of the static table (RFC 7541, sections 6.1 and 6.2.2): nothing to remember for each
 * connection, and what one is sent is the same for all. Texts are Latin-1.
 */
export function encodeFields(fields: readonly Field[], allocate: Allocate): Uint8Array {
  // The longest that integers may be, twice.
  let most = 0;
  for (const [name, value] of fields) most += name.length + value.length + 12;
  const target = allocate(most);
  let at = 0;
  for (const [name, value] of fields) {
    const whole = WHOLE.get(`${name}\n${value}`);
    if (whole !== undefined) {
      target[at++] = 0x80 | whole;
      continue;
    }
    const index = NAMES.get(name);
    at = writeInteger(target, at, 0, 0x0f, index ?? 0);
    if (index === undefined) at = writeString(target, at, name);
    at = writeString(target, at, value);
  }
  return target.subarray(0, at);
}

/** Tells the peer that its table may be of that size (section 6.3): what must come first where it asked for a smaller one. */
export const NO_TABLE = 0x20;

function writeString(target: Uint8Array, start: number, text: string): number {
  const at = writeInteger(target, start, 0, 0x7f, text.length);
  for (let index = 0; index < text.length; index++) target[at + index] = text.charCodeAt(index);
  return at + text.length;
}

function writeInteger(target: Uint8Array, start: number, pattern: number, mask: number, value: number): number {
  let at = start;
  if (value < mask) {
    target[at++] = pattern | value;
    return at;
  }
  target[at++] = pattern | mask;
  let rest = value - mask;
  while (rest >= 128) {
    target[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  target[at++] = rest;
  return at;
}
