import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { a, answering, many } from "../testing/answering.ts";
import { corpus, mutated } from "../testing/arbitraries.ts";
import { agreed } from "../testing/oracle.ts";
import { hex } from "../testing/query-bytes.ts";
import { readU16, writeU16 } from "../wire/bytes.ts";
import { formatName } from "../wire/name-text.ts";
import { scanResponse } from "../wire/response.ts";
import type { DnsRecord } from "../zone/record.ts";

const srv: DnsRecord = {
  name: "_http._tcp.reviews.shop.global",
  type: "SRV",
  port: 8000,
  target: "reviews.shop.global",
};
const { ask } = answering([
  ...a("reviews.shop.global", ...many(40)),
  srv,
  { name: "alias.global", type: "CNAME", target: "example.com" },
]);

/** No exception, no answer to an answer, at most what the sender can take, its id, its question: what is wrong, else undefined. */
function wrong(message: Uint8Array): string | undefined {
  const reply = ask(message);
  const silent = message.length < 12 || (message[2]! & 0x80) !== 0;
  if (silent || reply === undefined)
    return silent === (reply === undefined) ? undefined : "silence is for answers alone";
  if (reply.length > 1232) return "too long";
  if (readU16(reply, 0) !== readU16(message, 0)) return "another id";
  // A second time as an answer: silence, so that no packet goes round.
  if (ask(reply) !== undefined) return "an answer was answered";
  if (reply.length === 12) return undefined;
  const end = scanResponse(reply)?.questionEnd;
  if (end === undefined) return "not a response";
  return hex(reply.subarray(12, end)) === hex(message.subarray(12, end)) ? undefined : "another question";
}

describe("F-24 no message does harm", () => {
  it("every prefix, every single byte changed, and every count in 0, 1, 2 and 65535", () => {
    const found = new Set<string | undefined>();
    for (const query of corpus) {
      for (let length = 0; length <= query.length; length++) found.add(wrong(query.slice(0, length)));
      for (let at = 0; at < query.length; at++) {
        const changed = query.slice();
        for (let byte = 0; byte < 256; byte++) {
          changed[at] = byte;
          found.add(wrong(changed));
        }
      }
      for (const at of [4, 6, 8, 10]) {
        for (const count of [0, 1, 2, 65_535]) {
          const changed = query.slice();
          writeU16(changed, at, count);
          found.add(wrong(changed));
        }
      }
    }
    expect([...found]).toEqual([undefined]);
  });

  it("random and mutated messages are answered with a code, or not at all", () => {
    fc.assert(
      fc.property(mutated, (message) => {
        expect(wrong(message)).toBeUndefined();
      }),
      { numRuns: 20_000 },
    );
  });

  it("what is answered is read alike by dns-packet and dns2", () => {
    const readable = mutated.filter((message) => {
      const reply = ask(message);
      if (reply === undefined || reply.length === 12) return false;
      // Both codecs write every name as it stands: one that needs an escape looks like another.
      return /^[-\w.]+$/.test(formatName(reply.subarray(12, scanResponse(reply)!.questionEnd - 5)));
    });
    fc.assert(
      fc.property(readable, (message) => void agreed(ask(message)!)),
      { numRuns: 1_000 },
    );
  });
});
