import fc from "fast-check";
import { expect, test } from "vitest";
import { createPace, nextAtMs, take } from "./pace.ts";

/** When something happens, given when it is asked for. */
function happenings(arrivals: readonly number[]): number[] {
  let pace = createPace(10, 100);
  const times: number[] = [];
  let waitsSince: number | undefined;
  let waiting = 0;
  const settle = (untilMs: number) => {
    if (waitsSince === undefined || nextAtMs(pace) > untilMs) return;
    const atMs = Math.max(waitsSince, nextAtMs(pace));
    pace = take(pace, atMs, atMs > waitsSince ? waiting : 0);
    times.push(atMs);
    waitsSince = undefined;
    waiting = 0;
  };
  for (const atMs of arrivals) {
    settle(atMs);
    waitsSince ??= atMs;
    waiting++;
    settle(atMs);
  }
  settle(Number.POSITIVE_INFINITY);
  return times;
}

test.each([
  ["changes that come one by one happen at once", [0, 100, 200, 300], [0, 100, 200, 300]],
  ["what comes close behind the first waits for the window", [0, 1, 2], [0, 10]],
  [
    "what comes one by one, each after the one before it, waits for the window at most",
    [0, 4, 14, 24],
    [0, 10, 20, 30],
  ],
  ["as long as several wait, the window grows", [0, 1, 2, 12, 13, 55, 56, 160], [0, 10, 50, 150, 250]],
  [
    "a lull makes the window shorter step by step",
    [0, 1, 2, 12, 13, 55, 56, 151, 251, 252],
    [0, 10, 50, 150, 250, 275],
  ],
  ["after a pause the window is short again", [0, 1, 500, 501], [0, 10, 500, 510]],
])("%s", (_what, arrivals, expected) => {
  expect(happenings(arrivals)).toEqual(expected);
});

test("F-05 a storm of any length happens about ten times a second, and nothing waits for more than the maximum", () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 50, maxLength: 2000 });
  fc.assert(
    fc.property(gaps, (steps) => {
      let atMs = 0;
      const arrivals = steps.map((step) => (atMs += step));
      const times = happenings(arrivals);
      // While it grows: at once, some after 10 ms and one after 40; then one every 100 ms.
      expect(times.length).toBeLessThanOrEqual(8 + atMs / 100);
      for (const arrival of arrivals) {
        const next = times.find((time) => time >= arrival);
        expect((next ?? Number.POSITIVE_INFINITY) - arrival).toBeLessThanOrEqual(100);
      }
    }),
    { numRuns: 200 },
  );
});

test("a machine that is late does not take a storm for a pause", () => {
  let pace = createPace(10, 100);
  for (let atMs = 0; atMs < 5000; atMs += 500) pace = take(pace, atMs, atMs > 0 ? 1 : 0);
  expect(pace.windowMs).toBe(100);
  expect(take(pace, 5000, 0).windowMs).toBe(10);
  expect(take(pace, 4600, 0).windowMs).toBe(25);
});
