import { expect, test } from "vitest";
import { createHistogram } from "./histogram.ts";
import { createPropagation } from "./propagation.ts";

test("a change that was merged with a later one of the same subject counts from its own moment", async () => {
  const latencies = createHistogram();
  const propagation = createPropagation(2, latencies);
  const first = propagation.begin(7, 100);
  const other = propagation.begin(8, 100);
  const second = propagation.begin(7, 150);
  const everywhere = propagation.everywhere(second, 1000);
  propagation.seen(0, second, 160);
  expect(latencies.count).toBe(2);
  expect(latencies.maxMs).toBe(60);
  propagation.seen(1, first, 170);
  propagation.seen(1, first, 175);
  expect(latencies.count).toBe(3);
  expect(propagation.missing()).toBe(3);
  propagation.seen(1, second, 180);
  expect(await everywhere).toBe(true);
  propagation.seenAll(0, 190);
  propagation.seenAll(1, 190);
  expect(propagation.missing()).toBe(0);
  expect(latencies.maxMs).toBe(90);
  expect(await propagation.everywhere(other, 1000)).toBe(true);
});

test("who has a change before it counts has it in no time", () => {
  const latencies = createHistogram();
  const propagation = createPropagation(2, latencies);
  const change = propagation.begin(0);
  propagation.seen(0, change, 50);
  expect(latencies.count).toBe(0);
  propagation.accepted(change, 60);
  expect([latencies.count, latencies.maxMs]).toEqual([1, 0]);
  propagation.seen(1, change, 75);
  expect([latencies.count, latencies.maxMs]).toEqual([2, 15]);
});

test("a change that does not arrive is told as such", async () => {
  const propagation = createPropagation(1, createHistogram());
  expect(await propagation.everywhere(propagation.begin(0, 0), 1)).toBe(false);
});
