import { describe, expect, it } from "vitest";
import { a, answering } from "../testing/answering.ts";
import { optBytes, queryBytes } from "../testing/query-bytes.ts";
import { expectDialogue } from "../testing/transcript.ts";
import { readU16 } from "../wire/bytes.ts";

const { ask } = answering(a("reviews.shop.global", "127.255.0.3"));
const exchange = (title: string, query: Uint8Array) => [title, query, ask(query)] as const;
const rcodeOf = (reply: Uint8Array | undefined) => (reply === undefined ? "silence" : readU16(reply, 2) & 15);

describe("header and format", () => {
  it("dns case 1 a message shorter than a header is not answered", () => {
    const query = queryBytes();
    for (let length = 0; length < 12; length++) expect(ask(query.slice(0, length))).toBeUndefined();
  });

  it("dns case 2 a response is not answered, whatever else it says", () => {
    for (let opcode = 0; opcode < 16; opcode++) {
      expect(ask(queryBytes({ flags: 0x8000 | (opcode << 11) }))).toBeUndefined();
    }
  });

  it("dns case 4 another opcode gets NOTIMP: twelve bytes with id, opcode and RD", async () => {
    const dialogue = [1, 2, 4, 5, 15].flatMap((opcode) => [
      exchange(`opcode ${opcode}`, queryBytes({ flags: opcode << 11 })),
      exchange(`opcode ${opcode}, RD`, queryBytes({ flags: (opcode << 11) | 0x0100 })),
    ]);
    for (const [, query, reply] of dialogue) {
      expect(reply?.length).toBe(12);
      expect(readU16(reply!, 2)).toBe(0x8000 | (readU16(query, 2) & 0x7900) | 4);
    }
    await expectDialogue("case-04-opcode", dialogue);
  });

  it("dns case 5 no question: FORMERR", async () => {
    await expectDialogue("case-05-no-question", [
      exchange("a header alone", queryBytes({ counts: [0, 0, 0, 0] }).slice(0, 12)),
      exchange("a question that is not counted", queryBytes({ counts: [0, 0, 0, 0] })),
    ]);
  });

  it("dns case 6 several questions: FORMERR", () => {
    for (const count of [2, 3, 65535]) expect(rcodeOf(ask(queryBytes({ counts: [count, 0, 0, 0] })))).toBe(1);
  });

  it("dns case 7 answers or authorities in a query: FORMERR", () => {
    for (const count of [1, 2, 65535]) {
      expect(rcodeOf(ask(queryBytes({ counts: [1, count, 0, 0] })))).toBe(1);
      expect(rcodeOf(ask(queryBytes({ counts: [1, 0, count, 0] })))).toBe(1);
    }
  });

  it("dns case 8 more than OPT and TSIG behind the question: FORMERR", async () => {
    const tsig = [0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 0];
    const address = [0, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 10, 0, 0, 1];
    const extra = (count: number, ...trailing: number[]) => queryBytes({ counts: [1, 0, 0, count], trailing });
    const dialogue = [
      exchange("three records", extra(3, ...optBytes({}), ...tsig, ...tsig)),
      exchange("an address", extra(1, ...address)),
      exchange("OPT and an address", extra(2, ...optBytes({}), ...address)),
      exchange("two TSIG", extra(2, ...tsig, ...tsig)),
      exchange("a record that is not there", extra(1)),
      exchange("OPT and TSIG are a query", extra(2, ...optBytes({}), ...tsig)),
    ];
    expect(dialogue.map(([, , reply]) => rcodeOf(reply))).toEqual([1, 1, 1, 1, 1, 0]);
    await expectDialogue("case-08-additional", dialogue);
  });

  it("dns case 9 every prefix of a query is FORMERR or silence", () => {
    const query = queryBytes({ edns: { options: [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8] } });
    for (let length = 0; length < query.length; length++) {
      expect(rcodeOf(ask(query.slice(0, length)))).toBe(length < 12 ? "silence" : 1);
    }
    expect(rcodeOf(ask(query))).toBe(0);
  });

  it("dns case 10 a pointer in the question's name: FORMERR", async () => {
    const names: [string, number[]][] = [
      ["to itself", [0xc0, 12]],
      ["in a loop", [1, 97, 0xc0, 12]],
      ["forward", [0xc0, 20]],
      ["into the header", [0xc0, 0]],
      ["beyond the end", [0xff, 0xff]],
    ];
    const dialogue = names.map(([title, rawName]) => exchange(title, queryBytes({ rawName })));
    expect(dialogue.map(([, , reply]) => rcodeOf(reply))).toEqual([1, 1, 1, 1, 1]);
    await expectDialogue("case-10-pointer", dialogue);
  });

  it("dns case 11 label types 01 and 10: FORMERR", () => {
    for (const type of [0x40, 0x41, 0x7f, 0x80, 0xbf]) {
      expect(rcodeOf(ask(queryBytes({ rawName: [type, 97, 0] })))).toBe(1);
    }
  });

  it("dns case 12 a label of 63 bytes is asked for, one of 64 cannot be", () => {
    const label = (length: number) => [length, ...new Array<number>(length).fill(97)];
    const name = [...label(63), 6, 103, 108, 111, 98, 97, 108, 0];
    expect(rcodeOf(ask(queryBytes({ rawName: name })))).toBe(3);
    expect(rcodeOf(ask(queryBytes({ rawName: [64, ...name.slice(1)] })))).toBe(1);
  });

  it("dns case 13 a name of 255 bytes is asked for, one of 256 is FORMERR", () => {
    const global = [6, 103, 108, 111, 98, 97, 108, 0];
    const name = (length: number) => {
      const bytes: number[] = [];
      for (let left = length - global.length; left > 0; ) {
        const take = Math.min(left - 1, left === 65 ? 62 : 63);
        bytes.push(take, ...new Array<number>(take).fill(97));
        left -= take + 1;
      }
      return [...bytes, ...global];
    };
    expect(name(255).length).toBe(255);
    expect(rcodeOf(ask(queryBytes({ rawName: name(255) })))).toBe(3);
    expect(rcodeOf(ask(queryBytes({ rawName: name(256) })))).toBe(1);
  });

  it("dns case 14 bytes behind the message do not matter", () => {
    expect(ask(queryBytes({ trailing: [1, 2, 3, 4] }))).toEqual(ask(queryBytes()));
    const edns = { size: 4096 };
    expect(ask(queryBytes({ edns, trailing: new Array(300).fill(7) }))).toEqual(ask(queryBytes({ edns })));
  });

  it("dns case 15 the Z bit does not come back", () => {
    const reply = ask(queryBytes({ flags: 0x0140 }));
    expect(readU16(reply!, 2)).toBe(0x8500);
    expect(reply).toEqual(ask(queryBytes()));
  });

  it("dns case 16 CD comes back, AD does not", () => {
    expect(readU16(ask(queryBytes({ flags: 0x0110 }))!, 2)).toBe(0x8510);
    expect(readU16(ask(queryBytes({ flags: 0x0120 }))!, 2)).toBe(0x8500);
  });

  it("dns case 17 RD comes back; RA stands only where names are forwarded", () => {
    expect(readU16(ask(queryBytes({ flags: 0 }))!, 2)).toBe(0x8400);
    expect(readU16(ask(queryBytes())!, 2)).toBe(0x8500);
    const forwarding = answering(
      a("reviews.shop.global", "127.255.0.3"),
      {},
      {
        resolve: () => {},
        probeLoops: () => {},
        isOwnProbe: () => false,
        stats: () => ({
          cacheHits: 0,
          cacheMisses: 0,
          cacheEntries: 0,
          cacheBytes: 0,
          inFlight: 0,
          merged: 0,
          overload: 0,
          upstreams: [],
        }),
        close: () => {},
      },
    );
    expect(readU16(forwarding.ask(queryBytes())!, 2)).toBe(0x8580);
  });

  it("dns case 18 the id comes back, and each query has one reply", () => {
    for (const id of [0, 1, 0x8000, 0xffff]) expect(readU16(ask(queryBytes({ id }))!, 0)).toBe(id);
  });
});
