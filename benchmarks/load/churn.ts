import { setTimeout as delay } from "node:timers/promises";
import { changeAddress } from "../../packages/sdk/src/bench/change-address.ts";
import type { LatencySummary } from "../../packages/sdk/src/bench/histogram.ts";
import { cpuMs } from "../machine/process-usage.ts";
import type { Way } from "../servers/server.ts";
import type { Fleet } from "./fleet.ts";
import { openLoop } from "./open-loop.ts";

export interface ChurnFigures {
  /** From when a change should have been sent to each stream. */
  readonly receipt: LatencySummary;
  /** From then to the server's answer. */
  readonly answer: LatencySummary;
  readonly changes: number;
  /** Changes a second that the server answered, on the whole. */
  readonly achieved: number;
  readonly failed: number;
  readonly reason: string;
  /** Changes that a stream did not have 10 s after the last one, summed over the streams. */
  readonly missing: number;
  readonly responses: number;
  /** Share of one core that the server was busy. */
  readonly busy: number | undefined;
}

const DRAIN_MS = 10_000;
const LOOK_MS = 20;

/** Changes all services of a way in turn, at a fixed rate. */
export async function churn(fleet: Fleet, way: Way, rate: number, durationMs: number): Promise<ChurnFigures> {
  const { from, to } = way.services;
  const { pid } = fleet.server.process;
  const responses = fleet.swarm.traffic.responses;
  const before = cpuMs(pid);
  const startMs = performance.now();
  const { answers, sent, failed, reason } = await openLoop(rate, durationMs, async (at, dueMs) => {
    const service = from + (at % (to - from));
    const change = fleet.propagation.begin(service, dueMs);
    await way.change(service, changeAddress(change));
  });
  const tookMs = performance.now() - startMs;
  const after = cpuMs(pid);
  for (
    const deadline = performance.now() + DRAIN_MS;
    fleet.propagation.missing() > 0 && performance.now() < deadline;
  ) {
    await delay(LOOK_MS);
  }
  return {
    receipt: fleet.latencies.summary(),
    answer: answers.summary(),
    changes: sent,
    achieved: ((sent - failed) * 1000) / tookMs,
    failed,
    reason,
    missing: fleet.propagation.missing(),
    responses: fleet.swarm.traffic.responses - responses,
    busy: before === undefined || after === undefined ? undefined : (after - before) / tookMs,
  };
}
