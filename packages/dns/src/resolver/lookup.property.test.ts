import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ZONE } from "../testing/answering.ts";
import { name } from "../testing/arbitraries.ts";
import { parseName } from "../wire/name-text.ts";
import { compileZone } from "../zone/compile.ts";
import type { DnsRecord } from "../zone/record.ts";
import { lookUp, MAX_ALIASES } from "./lookup.ts";

describe("lookUp", () => {
  it("ends, however CNAMEs lead, and follows no more than its limit", () => {
    const alias = fc.tuple(name, name).map(([owner, target]): DnsRecord => ({ name: owner, type: "CNAME", target }));
    fc.assert(
      fc.property(fc.array(alias, { maxLength: 12 }), name, (aliases, asked) => {
        const labels = parseName(asked)!;
        const result = lookUp(compileZone(aliases, ZONE), { bytes: labels, start: 0, end: labels.length }, 1);
        if ("aliases" in result) expect(result.aliases.length).toBeLessThanOrEqual(MAX_ALIASES);
      }),
    );
  });
});
