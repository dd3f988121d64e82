import { writeU16 } from "../wire/bytes.ts";
import { queryBytes } from "./query-bytes.ts";
import type { Seeded } from "./seeded.ts";

/** Queries of every kind that the server knows; what a storm is made from. */
export const STORM_QUERIES: readonly Uint8Array[] = [
  queryBytes(),
  queryBytes({ edns: { options: [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8] } }),
  queryBytes({ name: "many.shop.global", edns: { size: 4096, dnssecOk: true } }),
  queryBytes({ name: "_http._tcp.reviews.shop.global", type: "SRV", edns: {} }),
  queryBytes({ name: "reviews.shop.global.vm.svc.cluster.local", type: "AAAA" }),
  queryBytes({ name: "3.0.255.127.in-addr.arpa", type: "PTR" }),
  queryBytes({ name: "alias.shop.global", type: "ANY" }),
  queryBytes({ name: "www.example.com", type: "HTTPS", edns: {} }),
];

const COUNTS = [0, 1, 2, 65_535];
const COUNTS_AT = [4, 6, 8, 10];
/** Bytes that mean something: ends, pointers, label types, limits, the type of OPT. */
const TELLING = [0, 1, 2, 12, 41, 63, 64, 0x80, 0xbf, 0xc0, 0xff];

/** How many messages `systematic` knows. */
export const SYSTEMATIC = STORM_QUERIES.reduce((sum, { length }) => sum + length + 1 + length * 256 + 256 + 16, 0);

/** Every prefix, every byte changed to every value, all counts in {0, 1, 2, 65535}, every opcode with QR: by number. */
export function systematic(number: number): Uint8Array {
  let left = number % SYSTEMATIC;
  for (const query of STORM_QUERIES) {
    const { length } = query;
    if (left <= length) return query.slice(0, left);
    left -= length + 1;
    const message = query.slice();
    if (left < length * 256) {
      message[left >> 8] = left;
      return message;
    }
    left -= length * 256;
    if (left < 256) {
      for (const [i, at] of COUNTS_AT.entries()) writeU16(message, at, COUNTS[(left >> (2 * i)) & 3]!);
      return message;
    }
    left -= 256;
    if (left < 16) {
      message[2] = 0x80 | (left << 3);
      return message;
    }
    left -= 16;
  }
  throw new RangeError("beyond the last message");
}

/** Bytes without meaning, or a query that was changed in several places, cut, stretched, doubled, or joined to another. */
export function random(seeded: Seeded): Uint8Array {
  const kind = seeded.below(10);
  if (kind === 0) return seeded.bytes(seeded.below(600));
  if (kind === 1)
    return Uint8Array.of(...seeded.pick(STORM_QUERIES).subarray(0, 12), ...seeded.bytes(seeded.below(300)));
  const message = [...seeded.pick(STORM_QUERIES)];
  if (kind === 2) message.splice(seeded.below(message.length), 0, ...seeded.pick(STORM_QUERIES));
  if (kind === 3) message.push(...message.slice(12), ...seeded.bytes(seeded.below(60)));
  for (let edits = 1 + seeded.below(5); edits > 0 && message.length > 0; edits--) {
    const at = seeded.below(message.length);
    const byte = seeded.below(2) === 0 ? seeded.pick(TELLING) : seeded.below(256);
    const edit = seeded.below(8);
    if (edit < 5) message[at] = byte;
    else if (edit === 5) message.splice(at, 0, byte);
    else if (edit === 6) message.splice(at, 1);
    else message.length = at;
  }
  return Uint8Array.from(message);
}

/** `count` messages: at most half of them systematic (evenly spread where there is no room for all), the rest random. */
export function* storm(count: number, seeded: Seeded): Generator<Uint8Array> {
  const ordered = Math.min(SYSTEMATIC, count >> 1);
  for (let i = 0; i < ordered; i++) yield systematic(Math.floor((i * SYSTEMATIC) / ordered));
  for (let i = ordered; i < count; i++) yield random(seeded);
}

/** Whether a message deserves a reply: exactly one if it does. */
export function isAnswerable(message: Uint8Array): boolean {
  return message.length >= 12 && (message[2]! & 0x80) === 0;
}
