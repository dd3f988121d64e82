import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HpackDecoder } from "./decoder.ts";
import { encodeFields } from "./encoder.ts";
import { decodeHuffman } from "./huffman.ts";
import type { Field } from "./static-table.ts";

const MAX = 16 * 1024;
const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");
const textOf = (fields: readonly Field[] | "too large" | undefined) =>
  typeof fields === "object" ? fields.map((field) => field.join(": ")) : fields;
const decodeAll = (...blocks: string[]) => {
  const decoder = new HpackDecoder();
  return blocks.map((block) => textOf(decoder.decode(bytes(block), MAX)?.fields));
};

const first = [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"];
const second = [...first, "cache-control: no-cache"];
const third = [":method: GET", ":scheme: https", ":path: /index.html", ":authority: www.example.com"];
const requests = [first, second, [...third, "custom-key: custom-value"]];
const dated = (second_: number) => `date: Mon, 21 Oct 2013 20:13:${second_} GMT`;
const common = ["cache-control: private", dated(21), "location: https://www.example.com"];
const cookie = "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";
const responses = [
  [":status: 302", ...common],
  [":status: 307", ...common],
  [":status: 200", "cache-control: private", dated(22), common[2], "content-encoding: gzip", cookie],
];
// Those of the RFC are decoded with a table of 256 bytes: a size update says so.
const SMALL_TABLE = "3fe101";

describe("RFC 7541, appendix C", () => {
  test.each([
    ["C.2.1", "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", "custom-key: custom-header"],
    ["C.2.2", "040c 2f73 616d 706c 652f 7061 7468", ":path: /sample/path"],
    ["C.2.3", "1008 7061 7373 776f 7264 0673 6563 7265 74", "password: secret"],
    ["C.2.4", "82", ":method: GET"],
  ])("%s", (_what, block, field) => {
    expect(decodeAll(block)).toEqual([[field]]);
  });

  test.each([
    [
      "C.3",
      "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
      "8286 84be 5808 6e6f 2d63 6163 6865",
      "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
    ],
    [
      "C.4",
      "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
      "8286 84be 5886 a8eb 1064 9cbf",
      "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
    ],
  ])("%s: requests", (_what, ...blocks) => {
    expect(decodeAll(...blocks)).toEqual(requests);
  });

  test.each([
    [
      "C.5",
      "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
      "4803 3330 37c1 c0bf",
      "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
    ],
    [
      "C.6",
      "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
      "4883 640e ffc1 c0bf",
      "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
    ],
  ])("%s: responses, whose entries leave the table again", (_what, one, ...more) => {
    expect(decodeAll(SMALL_TABLE + one, ...more)).toEqual(responses);
  });
});

test.each([
  ["an index of nothing", "80"],
  ["an index behind the tables", "be"],
  ["an integer without end", "ffffffffffff7f"],
  ["an integer that is cut off", "ff"],
  ["an integer in more bytes than any needs", `007f8080808000${"61".repeat(127)}0162`],
  ["a string that is cut off", "000a61"],
  ["a name that is cut off", "40"],
  ["a table that is larger than was allowed", "3fe220"],
  ["an update of the table behind a field", "8220"],
  ["Huffman: the end of a string in one", "0085fffffffffc00"],
  ["Huffman: padding of zeros", "008118" + "00"],
  ["Huffman: padding of eight bits", "00821fff" + "00"],
])("cannot be read: %s", (_what, block) => {
  expect(decodeAll(block)).toEqual([undefined]);
});

test("updates of the table's size, twice at the start of a block, evict and are kept to", () => {
  const decoder = new HpackDecoder();
  const field = "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572";
  expect(textOf(decoder.decode(bytes(`${field} be`), MAX)?.fields)).toHaveLength(2);
  expect(textOf(decoder.decode(bytes(`20 3fe11f ${field} be`), MAX)?.fields)).toHaveLength(2);
  expect(decoder.decode(bytes("20 be"), MAX)).toBeUndefined();
});

test("an entry that is larger than the table empties it", () => {
  const decoder = new HpackDecoder();
  expect(decoder.decode(bytes(`${SMALL_TABLE} 4001610162 be`), MAX)).toBeDefined();
  const large = Buffer.concat([bytes("4001617f a902"), Buffer.alloc(424, "x")]);
  expect(decoder.decode(large, MAX)?.fields).toHaveLength(1);
  expect(decoder.decode(bytes("be"), MAX)).toBeUndefined();
});

test("more than is kept is read to its end, for what later blocks refer to", () => {
  const decoder = new HpackDecoder();
  const bomb = Buffer.concat([
    bytes("4001617f8107"),
    Buffer.alloc(1024, "x"),
    Buffer.alloc(100, 0xbe),
    bytes("4001620163"),
  ]);
  expect(decoder.decode(bomb, MAX)?.fields).toBe("too large");
  expect(textOf(decoder.decode(bytes("be"), MAX)?.fields)).toEqual(["b: c"]);
});

test("a table that is shared is not changed by one of those that share it", () => {
  const one = new HpackDecoder();
  const two = new HpackDecoder();
  const decoded = one.decode(bytes("4001610162"), MAX)!;
  one.share();
  two.adopt(decoded);
  one.decode(bytes("4001630164"), MAX);
  expect(textOf(one.decode(bytes("be bf"), MAX)?.fields)).toEqual(["c: d", "a: b"]);
  expect(textOf(two.decode(bytes("be"), MAX)?.fields)).toEqual(["a: b"]);
  expect(two.decode(bytes("bf"), MAX)).toBeUndefined();
});

test("whatever is encoded is decoded, and needs no table", () => {
  const text = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
    maxLength: 300,
  });
  const name = fc.oneof(text, fc.constantFrom(":status", "content-type", "grpc-status"));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.oneof(text, fc.constant("200")))), (fields) => {
      const block = encodeFields(fields, Buffer.alloc);
      expect(new HpackDecoder().decode(block, 2 ** 20)?.fields).toEqual(fields);
    }),
  );
});

test("random bytes are decoded or refused, and never throw", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (blocks) => {
      const decoder = new HpackDecoder();
      for (const block of blocks) {
        decoder.decode(block, MAX);
        decodeHuffman(block, 0, block.length);
      }
    }),
  );
});
