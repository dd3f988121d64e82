import fc from "fast-check";
import { expect, test } from "vitest";
import { type BatchEvent, batch, createBatch } from "./batch.ts";

/** Runs arrivals at given moments against a driver that ticks exactly when asked; gives when batches left and their sizes. */
function run(arrivals: readonly number[], windowMs = 10, maxMs = 100): { at: number; size: number }[] {
  let state = createBatch(windowMs, maxMs);
  let waiting = 0;
  let wakeAtMs: number | undefined;
  const left: { at: number; size: number }[] = [];
  const step = (event: BatchEvent, at: number) => {
    const next = batch(state, event, at);
    state = next.state;
    wakeAtMs = next.wakeAtMs;
    if (!next.due) return;
    left.push({ at, size: waiting });
    waiting = 0;
  };
  for (const at of arrivals) {
    while (wakeAtMs !== undefined && wakeAtMs <= at) step("tick", wakeAtMs);
    waiting++;
    step("arrived", at);
  }
  while (wakeAtMs !== undefined) step("tick", wakeAtMs);
  expect(waiting).toBe(0);
  return left;
}

const cases: { name: string; arrivals: number[]; left: [at: number, size: number][] }[] = [
  { name: "a single change leaves at once", arrivals: [5], left: [[5, 1]] },
  {
    name: "a change behind the first waits for the window",
    arrivals: [0, 1],
    left: [
      [0, 1],
      [11, 1],
    ],
  },
  {
    name: "changes behind the first merge",
    arrivals: [0, 1, 2, 3],
    left: [
      [0, 1],
      [13, 3],
    ],
  },
  {
    name: "after the window the next one is a first again",
    arrivals: [0, 10],
    left: [
      [0, 1],
      [10, 1],
    ],
  },
  {
    name: "a change right after a merged batch waits too",
    arrivals: [0, 1, 12],
    left: [
      [0, 1],
      [11, 1],
      [22, 1],
    ],
  },
];

test.each(cases)("$name", ({ arrivals, left }) => {
  expect(run(arrivals).map(({ at, size }) => [at, size])).toEqual(left);
});

test("a storm leaves every maximum, not never: F-05 at most 11 batches a second", () => {
  const left = run(Array.from({ length: 1000 }, (_, at) => at));
  expect(left.length).toBeLessThanOrEqual(11);
  expect(left.slice(0, 3).map(({ at }) => at)).toEqual([0, 101, 201]);
});

test("nothing is lost, nothing waits longer than the maximum, and the first never waits", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 60 }), (gaps) => {
      let now = 0;
      const arrivals = gaps.map((gap) => {
        now += gap;
        return now;
      });
      const left = run(arrivals);
      expect(left.reduce((sum, { size }) => sum + size, 0)).toBe(arrivals.length);
      expect(left[0]?.at).toBe(arrivals[0]);
      let index = 0;
      for (const { at, size } of left) {
        for (const arrival of arrivals.slice(index, index + size)) expect(at - arrival).toBeLessThanOrEqual(100);
        index += size;
      }
    }),
  );
});

test("the window begins when what left was dealt with", () => {
  const left = batch(createBatch(10, 100), "arrived", 0);
  const done = batch(left.state, "done", 50);
  expect(done).toMatchObject({ due: false, wakeAtMs: undefined });
  const arrived = batch(done.state, "arrived", 51);
  expect(arrived).toMatchObject({ due: false, wakeAtMs: 61 });
  expect(batch(arrived.state, "done", 55), "what waits goes on waiting").toMatchObject({ due: false, wakeAtMs: 61 });
  expect(batch(arrived.state, "tick", 61).due).toBe(true);
});
