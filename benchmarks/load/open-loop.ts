import { setTimeout as delay } from "node:timers/promises";
import { createHistogram, type Histogram } from "../../packages/sdk/src/bench/histogram.ts";

export interface OpenLoop {
  /** From when each should have been sent to its answer: what a stalled server holds up counts as waiting. */
  readonly answers: Histogram;
  readonly sent: number;
  readonly failed: number;
  /** Of the failures; empty where there were none. */
  readonly reason: string;
}

/** Does something at a fixed rate, whether or not what was begun before is done. Resolves when all is answered. */
export async function openLoop(
  ratePerSecond: number,
  durationMs: number,
  act: (at: number, dueMs: number) => Promise<unknown>,
): Promise<OpenLoop> {
  const answers = createHistogram();
  const count = Math.max(1, Math.round((ratePerSecond * durationMs) / 1000));
  const startMs = performance.now();
  const running = new Set<Promise<void>>();
  let failed = 0;
  let reason = "";
  const one = async (at: number) => {
    const dueMs = startMs + (at * 1000) / ratePerSecond;
    try {
      await act(at, dueMs);
      answers.record(performance.now() - dueMs);
    } catch (error) {
      failed++;
      reason = error instanceof Error ? error.message : String(error);
    }
  };
  for (let at = 0; at < count; ) {
    const due = Math.min(count, Math.floor(((performance.now() - startMs) * ratePerSecond) / 1000) + 1);
    for (; at < due; at++) {
      const answered = one(at).finally(() => running.delete(answered));
      running.add(answered);
    }
    await delay(1);
  }
  await Promise.all(running);
  return { answers, sent: count, failed, reason };
}
