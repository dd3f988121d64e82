import { describe, expect, it } from "vitest";
import { a, answering, many } from "../testing/answering.ts";
import { agreed } from "../testing/oracle.ts";
import { hex, optBytes, queryBytes } from "../testing/query-bytes.ts";
import { expectDialogue } from "../testing/transcript.ts";
import { readU16 } from "../wire/bytes.ts";
import { scanResponse } from "../wire/response.ts";

const reviews = a("reviews.shop.global", "127.255.0.3");

/** The OPT record at the end of a reply. */
function optOf(reply: Uint8Array): string {
  return hex(reply.subarray(scanResponse(reply)!.end));
}

describe("EDNS and size", () => {
  it("dns case 41 an OPT record is answered with one, and none with none", async () => {
    const { ask } = answering(reviews);
    const queries: [string, Uint8Array][] = [
      ["none", queryBytes()],
      ["4096 bytes", queryBytes({ edns: { size: 4096 } })],
      ["DO", queryBytes({ edns: { dnssecOk: true } })],
      ["a cookie", queryBytes({ edns: { options: [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8] } })],
      ["NXDOMAIN", queryBytes({ name: "no.global", edns: {} })],
    ];
    const talk = queries.map(([title, query]) => [title, query, ask(query)] as const);
    expect(talk.map(([, , reply]) => optOf(reply!))).toEqual([
      "",
      "00002904d0000000000000",
      "00002904d0000080000000",
      "00002904d0000000000000",
      "00002904d0000000000000",
    ]);
    await expectDialogue("case-41-edns", talk);
  });

  it("dns case 42 a later version: BADVERS and an OPT record of version 0", async () => {
    const { ask } = answering(reviews);
    const query = queryBytes({ edns: { version: 1 } });
    const reply = ask(query);
    expect(scanResponse(reply!)!.rcode).toBe(16);
    expect(optOf(reply!)).toBe("00002904d0010000000000");
    await expectDialogue("case-42-badvers", [["version 1", query, reply]]);
  });

  it("dns case 43 two OPT records, one with a name, or options that do not fill it: FORMERR", async () => {
    const { ask } = answering(reviews);
    const opt = optBytes({});
    const extra = (count: number, ...trailing: number[]) => queryBytes({ counts: [1, 0, 0, count], trailing });
    const queries: [string, Uint8Array][] = [
      ["two", extra(2, ...opt, ...opt)],
      ["with a name", extra(1, 1, 97, ...opt)],
      ["longer than the message", extra(1, ...opt.slice(0, 10), 9)],
      ["an option that is longer than the record", extra(1, ...optBytes({ options: [0, 10, 0, 9, 1] }))],
      ["three bytes of options", extra(1, ...optBytes({ options: [0, 10, 0] }))],
    ];
    const talk = queries.map(([title, query]) => [title, query, ask(query)] as const);
    for (const [, , reply] of talk) expect(readU16(reply!, 2) & 15).toBe(1);
    await expectDialogue("case-43-bad-opt", talk);
  });

  it.each([1, 29, 30, 64, 1_500, 5_000])("dns case 44 %i addresses: whole, or TC and none of them", (count) => {
    const { ask } = answering(a("reviews.shop.global", ...many(count)));
    const whole = 12 + 25 + 16 * count;
    const limits: [Uint8Array, number, "udp" | "tcp"][] = [
      [queryBytes(), 512, "udp"],
      [queryBytes({ edns: { size: 0 } }), 512, "udp"],
      [queryBytes({ edns: { size: 511 } }), 512, "udp"],
      [queryBytes({ edns: { size: 900 } }), 900, "udp"],
      [queryBytes({ edns: { size: 65_535 } }), 1232, "udp"],
      [queryBytes(), 65_535, "tcp"],
    ];
    for (const [query, limit, transport] of limits) {
      const reply = ask(query, transport)!;
      const opt = query.length - 37;
      const fits = whole + opt <= limit;
      expect(reply.length).toBe(fits ? whole + opt : 37 + opt);
      expect(agreed(reply)).toMatchObject({ truncated: !fits, rcode: "NOERROR" });
      expect(agreed(reply).answers.length).toBe(fits ? count : 0);
      expect(optOf(reply).length).toBe(opt * 2);
    }
  });

  it("dns case 44 at the limit itself nothing is cut", () => {
    const { ask } = answering(a("reviews.shop.global", ...many(40)));
    const size = 12 + 25 + 11 + 16 * 40;
    expect(agreed(ask(queryBytes({ edns: { size } }))!).truncated).toBe(false);
    expect(agreed(ask(queryBytes({ edns: { size: size - 1 } }))!).truncated).toBe(true);
  });
});
