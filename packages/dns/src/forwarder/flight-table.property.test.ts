import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseName } from "../wire/name-text.ts";
import { createFlightTable, type Listed } from "./flight-table.ts";
import { type ForwardQuestion, questionKey } from "./forward-question.ts";

interface Entry extends Listed<Entry> {
  readonly number: number;
}

const questions: fc.Arbitrary<ForwardQuestion> = fc
  .record({
    // Few, in both cases, so that many are the same; thousands, so that some share a bucket.
    name: fc.oneof(
      fc.constantFrom("a.b", "A.b", "b.a", "aa.b"),
      fc.nat(3_000).map((n) => `h${n}.example`),
    ),
    before: fc.nat(20),
    type: fc.constantFrom(1, 28, 256),
    dnssecOk: fc.boolean(),
    checkingDisabled: fc.boolean(),
  })
  .map(({ name, before, ...rest }) => {
    const labels = parseName(name)!;
    const bytes = Uint8Array.of(...new Uint8Array(before).fill(7), ...labels, 0, 1);
    return { name: { bytes, start: before, end: before + labels.length }, ...rest };
  });

describe("questions under way", () => {
  it("dns case 47 a question is found by what it asks, as a Map by its key would find it", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(questions, fc.boolean()), { size: "large" }), (steps) => {
        const table = createFlightTable<Entry>();
        const model = new Map<string, Entry>();
        for (const [number, [question, add]] of steps.entries()) {
          const key = questionKey(question);
          const found = table.find(question);
          expect(found).toBe(model.get(key));
          if (found === undefined && add) {
            const entry: Entry = { number, question, next: undefined };
            table.add(entry);
            model.set(key, entry);
          } else if (found !== undefined && !add) {
            table.delete(found);
            model.delete(key);
          }
          expect(table.size).toBe(model.size);
        }
        expect(new Set(table)).toEqual(new Set(model.values()));
      }),
    );
  });
});
