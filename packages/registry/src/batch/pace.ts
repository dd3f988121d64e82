/**
 * How often something may happen whose cost does not grow with what it takes along: the first at once, what comes behind it after a window,
 * which grows to a maximum as long as several wait for each, or it comes late on a busy machine, and is short again after that.
 */
export interface PaceState {
  readonly leastMs: number;
  readonly mostMs: number;
  /** When it happened last, and the window behind that. */
  readonly lastMs: number;
  readonly windowMs: number;
}

const GROWTH = 4;

export function createPace(leastMs = 10, mostMs = 100): PaceState {
  return { leastMs, mostMs: Math.max(leastMs, mostMs), lastMs: Number.NEGATIVE_INFINITY, windowMs: leastMs };
}

/** The earliest moment for the next. */
export function nextAtMs({ lastMs, windowMs }: PaceState): number {
  return lastMs + windowMs;
}

/** It happens now; `nowMs` is monotonic. `waited`: how many changes were waiting for it; 0: it was due when it was asked for. */
export function take(state: PaceState, nowMs: number, waited: number): PaceState {
  const { leastMs, mostMs, lastMs, windowMs } = state;
  const late = waited > 0 && nowMs - nextAtMs(state) > leastMs;
  if (waited > 1 || late) return { ...state, lastMs: nowMs, windowMs: Math.min(GROWTH * windowMs, mostMs) };
  // A storm has lulls: it takes a pause to forget it at once.
  const paused = nowMs - lastMs > 2 * windowMs;
  return { ...state, lastMs: nowMs, windowMs: paused ? leastMs : Math.max(windowMs / GROWTH, leastMs) };
}
