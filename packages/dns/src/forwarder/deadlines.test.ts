import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createDeadlines } from "./deadlines.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("deadlines", () => {
  function missing(delayMs: number) {
    const missed: string[] = [];
    return { missed, deadlines: createDeadlines<string>(delayMs, (thing) => missed.push(thing)) };
  }

  it("calls what was not cleared, each at its time, in their order, with one timer", () => {
    const { missed, deadlines } = missing(100);
    deadlines.set("first");
    vi.advanceTimersByTime(40);
    const met = deadlines.set("met");
    deadlines.set("second");
    vi.advanceTimersByTime(30);
    deadlines.set("third");
    expect(vi.getTimerCount()).toBe(1);
    deadlines.clear(met);
    vi.advanceTimersByTime(30);
    expect(missed).toEqual(["first"]);
    vi.advanceTimersByTime(38);
    expect(missed).toEqual(["first"]);
    vi.advanceTimersByTime(2);
    expect(missed).toEqual(["first", "second"]);
    vi.advanceTimersByTime(30);
    expect(missed).toEqual(["first", "second", "third"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("keeps the rest whole when the first, the last, one between and one twice is cleared", () => {
    const { missed, deadlines } = missing(10);
    const [a, , c, , e] = ["a", "b", "c", "d", "e"].map((thing) => deadlines.set(thing));
    for (const met of [a, c, e, c]) deadlines.clear(met!);
    deadlines.set("f");
    vi.advanceTimersByTime(10);
    expect(missed).toEqual(["b", "d", "f"]);
  });

  it("takes new ones while it calls, and calls nothing once closed", () => {
    const missed: number[] = [];
    const deadlines = createDeadlines<number>(10, (number) => {
      missed.push(number);
      deadlines.set(number + 1);
    });
    deadlines.set(1);
    vi.advanceTimersByTime(35);
    expect(missed).toEqual([1, 2, 3]);
    deadlines.close();
    vi.advanceTimersByTime(100);
    expect(missed.length).toBe(3);
    expect(vi.getTimerCount()).toBe(0);
  });
});
