import fc from "fast-check";
import { expect, test } from "vitest";
import { createHistogram } from "./histogram.ts";

const durations = fc.array(fc.double({ min: 0, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 300 });

test("a quantile is that of the sorted durations, give or take the width of a bucket", () => {
  fc.assert(
    fc.property(durations, fc.double({ min: 0.01, max: 1, noNaN: true }), (list, share) => {
      const histogram = createHistogram();
      for (const ms of list) histogram.record(ms);
      const exact = list.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(share * list.length)) - 1]!;
      const found = histogram.quantile(share);
      expect(found).toBeGreaterThanOrEqual(exact - 1e-9);
      expect(found).toBeLessThanOrEqual(exact * 1.016 + 0.002);
    }),
  );
});

test("the summary, the octaves and the count agree", () => {
  const histogram = createHistogram();
  for (const ms of [0, 0.4, 3, 3, 3.5, 900]) histogram.record(ms);
  histogram.record(-5, 2);
  expect(histogram.summary()).toMatchObject({ count: 8, maxMs: 900, p99Ms: 900 });
  expect(histogram.octaves()).toEqual([
    { leMs: 0.125, count: 3 },
    { leMs: 0.5, count: 1 },
    { leMs: 4, count: 3 },
    { leMs: 1024, count: 1 },
  ]);
  histogram.clear();
  expect(histogram.summary()).toEqual({ count: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0, maxMs: 0 });
});
