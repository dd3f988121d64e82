import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { IpAddress } from "@portolan/model";
import * as dnsPacket from "dns-packet";
import { Packet } from "dns2";
import { describe, expect, it } from "vitest";
import { a, answering, many } from "../testing/answering.ts";
import { agreed, agreedCode } from "../testing/oracle.ts";
import { hex, type QueryWords, queryBytes, soaBytes } from "../testing/query-bytes.ts";
import { expectDialogue, expectTranscript } from "../testing/transcript.ts";
import { canBeAnswered } from "./listen-address.ts";

const label = (length: number) => [length, ...new Array<number>(length).fill(97)];
const GLOBAL = [6, ...Buffer.from("global"), 0];
const reviews = a("reviews.shop.global", "127.255.0.3");

/** Cases whose dialogue is written down here; the tests of each say more about it. */
const dialogues: Readonly<Record<string, readonly (readonly [string, Uint8Array])[]>> = {
  "case-01-short": [0, 1, 11].map((length) => [`${length} bytes`, queryBytes().slice(0, length)]),
  "case-02-response": [0, 1, 4, 5, 15].map((opcode) => [
    `a response, opcode ${opcode}`,
    queryBytes({ flags: 0x8000 | (opcode << 11) }),
  ]),
  "case-06-questions": [2, 3, 65_535].map((count) => [`${count} questions`, queryBytes({ counts: [count, 0, 0, 0] })]),
  "case-07-records": [
    ["an answer", queryBytes({ counts: [1, 1, 0, 0] })],
    ["an authority", queryBytes({ counts: [1, 0, 1, 0] })],
    ["65535 of both", queryBytes({ counts: [1, 65_535, 65_535, 0] })],
  ],
  "case-09-prefixes": Array.from({ length: 37 }, (_, length) => [`${length} bytes`, queryBytes().slice(0, length)]),
  "case-11-label-types": [0x40, 0x7f, 0x80, 0xbf].map((type) => [
    `label type ${type.toString(16)}`,
    queryBytes({ rawName: [type, 97, 0] }),
  ]),
  "case-12-label-length": [
    ["63 bytes", queryBytes({ rawName: [...label(63), ...GLOBAL] })],
    ["64 bytes", queryBytes({ rawName: [64, ...label(63), ...GLOBAL] })],
  ],
  "case-13-name-length": [
    ["255 bytes", queryBytes({ rawName: [...label(63), ...label(63), ...label(63), ...label(54), ...GLOBAL] })],
    ["256 bytes", queryBytes({ rawName: [...label(63), ...label(63), ...label(63), ...label(55), ...GLOBAL] })],
  ],
  "case-14-trailing": [["four bytes more", queryBytes({ trailing: [1, 2, 3, 4] })]],
  "case-15-z": [["Z", queryBytes({ flags: 0x0140 })]],
  "case-16-ad-cd": [
    ["CD", queryBytes({ flags: 0x0110 })],
    ["AD", queryBytes({ flags: 0x0120 })],
  ],
  "case-17-rd": [
    ["RD", queryBytes()],
    ["no RD", queryBytes({ flags: 0 })],
  ],
  "case-18-id": [0, 1, 0xffff].map((id) => [`id ${id}`, queryBytes({ id })]),
  "case-22-boundary": [
    ["x\\006global", queryBytes({ rawName: [8, 120, ...GLOBAL] })],
    ["notglobal", queryBytes({ name: "notglobal" })],
    ["not.global", queryBytes({ name: "not.global" })],
  ],
  "case-23-idn": [["an A-label", queryBytes({ name: "xn--bcher-kva.global" })]],
  "case-28-empty": [
    ["shop.global", queryBytes({ name: "shop.global" })],
    ["shop.global AAAA", queryBytes({ name: "shop.global", type: "AAAA" })],
  ],
  "case-30-negative-ttl": [["a name that is not there", queryBytes({ name: "no.shop.global" })]],
  "case-38-transfer": [
    ...["AXFR", "IXFR"].map((type) => [type, queryBytes({ name: "global", type })] as const),
    [
      "IXFR since serial 1",
      queryBytes({ name: "global", type: "IXFR", counts: [1, 0, 1, 0], trailing: soaBytes("global", 1) }),
    ],
  ],
  "case-44-size": [
    ["29 addresses", queryBytes({ name: "n29.global" })],
    ["30 addresses", queryBytes({ name: "n30.global" })],
    ["64 addresses, 1232 bytes", queryBytes({ name: "n64.global", edns: { size: 4096 } })],
    ["1500 addresses, EDNS", queryBytes({ name: "n1500.global", edns: {} })],
    ["a size of 0", queryBytes({ name: "n30.global", edns: { size: 0 } })],
  ],
};

const { ask } = answering([
  ...reviews,
  ...a("\\192.global", "127.255.0.4"),
  ...a("xn--bcher-kva.global", "127.255.0.5"),
  ...[29, 30, 64, 1_500].flatMap((count) => a(`n${count}.global`, ...many(count))),
]);

describe("goldens", () => {
  it.each(Object.keys(dialogues))("dns %s", async (name) => {
    const talk = (dialogues[name] ?? []).map(([title, query]) => [title, query, ask(query)] as const);
    // Sets are turned: which address comes first is no part of a golden.
    const steady = talk.map(([title, query, reply]) => [title, query, sorted(reply)] as const);
    await expectDialogue(name, steady);
  });

  it("dns case 3 whom nothing is sent to", async () => {
    const own = { address: "127.0.0.1" as IpAddress, port: 53 };
    const senders = ["127.0.0.1:0", "127.0.0.1:53", "127.0.0.1:54", "127.0.0.2:53", "10.0.0.1:0", "10.0.0.1:53"];
    const lines = senders.map((sender) => {
      const [address = "", port] = sender.split(":");
      return `${sender} -> 127.0.0.1:53: ${canBeAnswered({ address, port: Number(port) }, own) ? "answered" : "silence"}`;
    });
    await expectTranscript("case-03-sender", lines);
  });

  it("dns case 20 bytes above ASCII are not folded", async () => {
    // Both oracles take names for UTF-8, and so agree on the code alone.
    const lines = [0xc0, 0xe0].flatMap((byte) => {
      const query = queryBytes({ rawName: [1, byte, ...GLOBAL] });
      const reply = ask(query)!;
      return [`# \\${byte}.global`, `> ${hex(query)}`, `< ${hex(reply)}`, `  code ${agreedCode(reply)}`];
    });
    await expectTranscript("case-20-ascii", lines);
  });

  it("dns case 34 all of many addresses, turned", async () => {
    const rotating = answering(a("reviews.shop.global", ...many(4)));
    const seen = new Set<string>();
    for (let i = 0; i < 200; i++) {
      seen.add(
        agreed(rotating.ask(queryBytes())!)
          .answers.map(({ value }) => value)
          .join(" "),
      );
    }
    await expectTranscript("case-34-rotation", ["every order that was seen:", ...[...seen].sort()]);
  });

  it("G12 each of the 48 cases has a golden", () => {
    const files = readdirSync(join(import.meta.dirname, "../../goldens")).join("\n");
    const numbers = Array.from({ length: 48 }, (_, i) => String(i + 1).padStart(2, "0"));
    expect(numbers.filter((number) => !files.includes(`case-${number}-`))).toEqual([]);
  });

  it.each<QueryWords>([
    {},
    { name: "_http._tcp.reviews.shop.global", type: "SRV" },
    { type: "AAAA", edns: { size: 4096 } },
    { flags: 0, id: 0 },
  ])("G12 our queries are byte for byte those of dns-packet, and dns2 reads them: %o", (words) => {
    const { name = "reviews.shop.global", type = "A", edns, flags = 0x0100, id = 0x1234 } = words;
    const theirs = dnsPacket.encode({
      type: "query",
      id,
      flags,
      questions: [{ name, type: type as "A" }],
      ...(edns === undefined
        ? {}
        : {
            additionals: [
              {
                type: "OPT",
                name: ".",
                udpPayloadSize: edns.size ?? 1232,
                extendedRcode: 0,
                ednsVersion: 0,
                flags: 0,
                flag_do: false,
                options: [],
              },
            ],
          }),
    });
    expect(hex(queryBytes(words))).toBe(hex(theirs));
    const { header, questions } = Packet.parse(Buffer.from(theirs));
    expect([header.id, questions[0]?.name]).toEqual([id, name]);
  });
});

/** Records of a fixed length in the order of their bytes. */
function sorted(reply: Uint8Array | undefined): Uint8Array | undefined {
  if (reply === undefined || reply.length < 100 || (reply[7] ?? 0) < 2) return reply;
  const { length } = reply;
  const count = (reply[6]! << 8) | reply[7]!;
  const opt = reply[11] === 1 ? 11 : 0;
  const start = length - opt - 16 * count;
  const records = Array.from({ length: count }, (_, i) => reply.subarray(start + 16 * i, start + 16 * (i + 1)));
  records.sort((x, y) => Buffer.compare(x, y));
  return Uint8Array.from(Buffer.concat([reply.subarray(0, start), ...records, reply.subarray(length - opt)]));
}
