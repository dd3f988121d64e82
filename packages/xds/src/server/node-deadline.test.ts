import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createNodeDeadline } from "./node-deadline.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start() {
  const ended: string[] = [];
  const deadline = createNodeDeadline<string>({ ms: 100, now: () => Date.now(), overdue: (name) => ended.push(name) });
  return { ended, deadline };
}

test("each has its time from when it came; who said who it is is left alone", () => {
  const { ended, deadline } = start();
  deadline.add("a");
  vi.advanceTimersByTime(60);
  deadline.add("b");
  deadline.add("c");
  deadline.remove("b");
  vi.advanceTimersByTime(39);
  expect(ended).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(ended).toEqual(["a"]);
  vi.advanceTimersByTime(59);
  expect(ended).toEqual(["a"]);
  vi.advanceTimersByTime(1);
  expect(ended).toEqual(["a", "c"]);
});

test("W5 W8 a thousand that wait have one timer, and none is left behind them", () => {
  const { ended, deadline } = start();
  for (let at = 0; at < 1000; at++) deadline.add(String(at));
  expect(vi.getTimerCount()).toBe(1);
  for (let at = 0; at < 1000; at++) deadline.remove(String(at));
  vi.advanceTimersByTime(100);
  expect([vi.getTimerCount(), ended]).toEqual([0, []]);
  deadline.add("late");
  deadline.close();
  expect(vi.getTimerCount()).toBe(0);
});
