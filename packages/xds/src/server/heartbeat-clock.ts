import type { ServedStream } from "./stream.ts";

/** Wakes streams when a TTL of theirs must be renewed: one timer for all of them, and none while nothing has a TTL. */
export interface HeartbeatClock {
  /** Undefined: that stream needs no waking. */
  set(stream: ServedStream, atMs: number | undefined): void;
  close(): void;
}

/** Streams that are due within that time are woken together; well within the half of the shortest TTL. */
const PACE_MS = 20;

export function createHeartbeatClock(now: () => number, wake: (stream: ServedStream) => void): HeartbeatClock {
  const due = new Map<ServedStream, number>();
  let timer: NodeJS.Timeout | undefined;
  let timerAtMs = Number.POSITIVE_INFINITY;
  let lastRunMs = Number.NEGATIVE_INFINITY;

  function arm(atMs: number): void {
    const paced = Math.max(atMs, lastRunMs + PACE_MS);
    if (paced >= timerAtMs) return;
    clearTimeout(timer);
    timerAtMs = paced;
    timer = setTimeout(run, Math.max(0, paced - now())).unref();
  }

  function run(): void {
    lastRunMs = now();
    timerAtMs = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (const [stream, atMs] of due) {
      if (atMs > lastRunMs) next = Math.min(next, atMs);
      else if (due.delete(stream)) wake(stream);
    }
    if (next < Number.POSITIVE_INFINITY) arm(next);
  }

  return {
    set(stream, atMs) {
      if (atMs === undefined) {
        due.delete(stream);
        return;
      }
      due.set(stream, atMs);
      arm(atMs);
    },
    close() {
      clearTimeout(timer);
      due.clear();
    },
  };
}
