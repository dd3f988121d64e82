import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mutated } from "../testing/arbitraries.ts";
import { decodeSection } from "./decode.ts";
import { createFrameReader } from "./frames.ts";
import { formatResponse } from "./message-text.ts";
import { decompressName, hashLabels, sameLabels, scanName, skipName } from "./name.ts";
import { formatName, parseName } from "./name-text.ts";
import { scanEdns, scanQuestion } from "./query.ts";
import { scanResponse } from "./response.ts";

const labels = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 63 }), { minLength: 1, maxLength: 3 })
  .map((parts) => Uint8Array.from(parts.flatMap((part) => [part.length, ...part])));

describe("codecs", () => {
  it("names round-trip through their text, whatever bytes they hold", () => {
    fc.assert(
      fc.property(labels, (name) => {
        expect(parseName(formatName(name))).toEqual(name);
      }),
    );
  });

  it("no decoder throws on random bytes", () => {
    fc.assert(
      fc.property(mutated, fc.nat(620), (bytes, at) => {
        scanName(bytes, at);
        skipName(bytes, at);
        decompressName(bytes, at);
        scanQuestion(bytes);
        scanEdns(bytes, at);
        for (const section of ["answer", "authority", "additional"] as const) decodeSection(bytes, section);
        const response = scanResponse(bytes);
        if (response !== undefined) formatResponse(response);
      }),
      { numRuns: 5_000 },
    );
  });

  it("names in a response decompress only backwards: loops end", () => {
    const looping = Uint8Array.from([...new Array<number>(12).fill(0), 1, 97, 0xc0, 14, 0xc0, 12]);
    expect(decompressName(looping, 12)).toBeUndefined();
    expect(decompressName(looping, 14)).toBeUndefined();
    expect(decompressName(Uint8Array.from([1, 97, 0, 1, 98, 0xc0, 0]), 3)).toEqual(Uint8Array.from([1, 98, 1, 97]));
  });

  it("labels that differ in case alone have one hash", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 60 }).filter((text) => /^[ -~]+$/.test(text)),
        (text) => {
          const upper = Uint8Array.from([text.length, ...Buffer.from(text.toUpperCase())]);
          const lower = Uint8Array.from([text.length, ...Buffer.from(text.toLowerCase())]);
          expect(hashLabels(upper, 0, upper.length)).toBe(hashLabels(lower, 0, lower.length));
          expect(sameLabels(upper, 0, upper.length, lower, 0)).toBe(true);
        },
      ),
    );
  });

  it("frames come out as they went in, however the stream is cut", () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (messages, cuts) => {
        const stream = Uint8Array.from(messages.flatMap((message) => [0, message.length, ...message]));
        const reader = createFrameReader(100);
        const read: Uint8Array[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const end = at + cuts[i % cuts.length]!;
          const found = reader.push(stream.subarray(at, end));
          if (found !== "oversize") read.push(...found);
          at = end;
        }
        expect(read).toEqual(messages);
        expect(reader.partial).toBe(false);
      }),
    );
    expect(createFrameReader(100).push(Uint8Array.of(0, 101))).toBe("oversize");
  });
});
