import { describe, expect, it } from "vitest";
import { a, answering } from "../testing/answering.ts";
import { agreed } from "../testing/oracle.ts";
import { hex, queryBytes } from "../testing/query-bytes.ts";
import { expectDialogue } from "../testing/transcript.ts";
import { readU16 } from "../wire/bytes.ts";
import { HEADER_LENGTH, rcodeName } from "../wire/codes.ts";
import { parseName } from "../wire/name-text.ts";

const label = (...bytes: number[]) => [bytes.length, ...bytes];
const text = (word: string) => label(...Buffer.from(word, "latin1"));
const codeOf = (reply: Uint8Array | undefined) => rcodeName(readU16(reply!, 2) & 15);

describe("names", () => {
  it("dns case 19 names match in any case, and the question's letters come back as they were", async () => {
    const { ask } = answering(a("Reviews.Shop.GLOBAL", "127.255.0.3"));
    const names = ["reviews.shop.global", "REVIEWS.SHOP.GLOBAL", "rEvIeWs.sHoP.gLoBaL"];
    const dialogue = names.map((name) => {
      const query = queryBytes({ name });
      const reply = ask(query);
      expect(hex(reply!.subarray(HEADER_LENGTH, query.length))).toBe(hex(query.subarray(HEADER_LENGTH)));
      expect(agreed(reply!).answers).toEqual([{ name, type: "A", ttlSeconds: 30, value: "127.255.0.3" }]);
      return [name, query, reply] as const;
    });
    await expectDialogue("case-19-letters", dialogue);
  });

  it("dns case 20 only ASCII letters are folded: 0xC0 and 0xE0 are two labels", () => {
    const { ask } = answering(a("\\192.global", "127.255.0.3"));
    const asked = (byte: number) => codeOf(ask(queryBytes({ rawName: [...label(byte), ...text("global"), 0] })));
    expect([0xc0, 0xe0].map(asked)).toEqual(["NOERROR", "NXDOMAIN"]);
  });

  it("dns case 21 a dot or a NUL within a label does not split or end the name", async () => {
    const { ask } = answering(a("reviews.shop.global", "127.255.0.3"));
    const raw = (rawName: number[]) =>
      [hex(Uint8Array.from(rawName)), queryBytes({ rawName }), ask(queryBytes({ rawName }))] as const;
    const dialogue = [
      raw([...text("reviews.shop"), ...text("global"), 0]),
      raw([...text("reviews"), ...text("shop\0"), ...text("global"), 0]),
    ];
    expect(dialogue.map(([, , reply]) => codeOf(reply))).toEqual(["NXDOMAIN", "NXDOMAIN"]);
    await expectDialogue("case-21-dot-in-label", dialogue);
  });

  it("dns case 22 a suffix is ours at a label's boundary only", () => {
    const { ask } = answering(a("reviews.shop.global", "127.255.0.3"));
    const inLabel = [...label(120, 6, ...Buffer.from("global")), 0];
    expect(codeOf(ask(queryBytes({ rawName: inLabel })))).toBe("REFUSED");
    expect(codeOf(ask(queryBytes({ name: "notglobal" })))).toBe("REFUSED");
    expect(codeOf(ask(queryBytes({ name: "not.global" })))).toBe("NXDOMAIN");
  });

  it("dns case 23 an international name is its A-label; bytes above ASCII are no name", () => {
    const { ask, zones } = answering([
      ...a("xn--bcher-kva.global", "127.255.0.4"),
      ...a("bücher.global", "127.255.0.5"),
    ]);
    expect(agreed(ask(queryBytes({ name: "xn--bcher-kva.global" }))!).answers[0]?.value).toBe("127.255.0.4");
    expect(zones.zone?.problems.get("bücher.global")?.[0]?.message).toMatch(/not a domain name/);
    expect(parseName("bücher.global")).toBeUndefined();
  });
});
