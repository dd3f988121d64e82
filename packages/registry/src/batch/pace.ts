/**
 * How often something may happen whose cost does not grow with what it takes along: the first at once, what comes behind it after a window,
 * which grows to a maximum as long as the changes go on, and is short again after a pause.
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

/** It happens now; `nowMs` is monotonic. `waited`: it was asked for before it was due, however late it is on a busy machine. */
export function take(state: PaceState, nowMs: number, waited: boolean): PaceState {
  const { leastMs, mostMs, lastMs, windowMs } = state;
  const goesOn = waited || nowMs - lastMs < 2 * windowMs;
  return { ...state, lastMs: nowMs, windowMs: goesOn ? Math.min(GROWTH * windowMs, mostMs) : leastMs };
}
