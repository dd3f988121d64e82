import type { Schedule } from "../secrets/renewing-certificate.ts";

/** A clock and its timers, moved by hand. */
export interface TestClock {
  readonly now: () => number;
  readonly schedule: Schedule;
  /** Delays of the timers that wait. */
  waiting(): readonly number[];
  /** Moves on, firing what comes due on the way, each at its own instant. */
  advance(ms: number): void;
  /** Sets the wall clock without moving the timers, as an operator or NTP does. */
  set(nowMs: number): void;
}

export function testClock(startMs: number): TestClock {
  let monotonic = 0;
  let offset = startMs;
  const timers = new Map<symbol, { atMs: number; callback: () => void }>();
  const earliest = () => [...timers].sort(([, a], [, b]) => a.atMs - b.atMs)[0];
  return {
    now: () => monotonic + offset,
    schedule(delayMs, callback) {
      const key = Symbol();
      timers.set(key, { atMs: monotonic + delayMs, callback });
      return () => timers.delete(key);
    },
    waiting: () => [...timers.values()].map(({ atMs }) => atMs - monotonic),
    advance(ms) {
      const end = monotonic + ms;
      for (let next = earliest(); next !== undefined && next[1].atMs <= end; next = earliest()) {
        const [key, { atMs, callback }] = next;
        timers.delete(key);
        monotonic = atMs;
        callback();
      }
      monotonic = end;
    },
    set(nowMs) {
      offset = nowMs - monotonic;
    },
  };
}
