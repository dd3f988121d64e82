import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dialectsAgree, historyProperties, randomHistory } from "../testing/random-history.ts";

describe.each(["sotw", "delta"] as const)("%s", (dialect) => {
  test.each(historyProperties)("$name", ({ kinds, play }) => {
    fc.assert(
      fc.property(randomHistory(kinds), (happenings) => {
        expect(play(dialect, happenings)).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });
});

test(dialectsAgree.name, () => {
  fc.assert(
    fc.property(randomHistory(dialectsAgree.kinds), (happenings) => {
      expect(dialectsAgree.play("sotw", happenings)).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
