import type { ServedStream } from "./stream.ts";

/** Wakes streams one after the other, in slices, so that a change for thousands of them does not hold up everything else. */
export interface WakeLoop {
  add(stream: ServedStream): void;
  remove(stream: ServedStream): void;
}

const SLICE_MS = 10;

export function createWakeLoop(): WakeLoop {
  const waiting = new Set<ServedStream>();
  let scheduled = false;

  function run(): void {
    scheduled = false;
    const until = performance.now() + SLICE_MS;
    for (const stream of waiting) {
      waiting.delete(stream);
      stream.wake();
      if (performance.now() > until) break;
    }
    if (waiting.size > 0) schedule();
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(run);
  }

  return {
    add(stream) {
      waiting.add(stream);
      schedule();
    },
    remove: (stream) => waiting.delete(stream),
  };
}
