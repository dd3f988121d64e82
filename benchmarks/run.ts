import { takeCores } from "./machine/cores.ts";
import { describeMachine } from "./machine/describe.ts";
import { waitedMs } from "./machine/process-usage.ts";
import { formatResult } from "./results/markdown.ts";
import type { WorkloadResult } from "./results/result.ts";
import { keepResults } from "./results/store.ts";
import { buildPeers } from "./servers/peers.ts";
import { createSurroundings } from "./surroundings.ts";
import { w1 } from "./workloads/w1.ts";
import { w2 } from "./workloads/w2.ts";
import { w3 } from "./workloads/w3.ts";
import { w4 } from "./workloads/w4.ts";
import { w5 } from "./workloads/w5.ts";
import { w6 } from "./workloads/w6.ts";
import { w7 } from "./workloads/w7.ts";
import { w8 } from "./workloads/w8.ts";
import { w9 } from "./workloads/w9.ts";
import { w10 } from "./workloads/w10.ts";
import { w11 } from "./workloads/w11.ts";
import type { Size, Workload } from "./workloads/workload.ts";

export const workloads: readonly Workload[] = [w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11];

export interface RunOptions {
  readonly size: Size;
  readonly only: readonly string[] | undefined;
  readonly program: string;
  readonly directory: string;
  say(text: string): void;
}

export interface Ran {
  readonly results: readonly WorkloadResult[];
  readonly text: string;
}

/** Times to the last stream are worth little where others use the processors; CPU is less disturbed. */
function contention(share: number): readonly string[] {
  if (share < 0.02) return [];
  const percent = (share * 100).toFixed(0);
  return [`The machine was busy with other things: the client waited for its processor for ${percent} % of the time.`];
}

const order: readonly Size[] = ["smoke", "short", "full"];

/** Runs the workloads of a set one after the other; what was measured in earnest is written to RESULTS.md. */
export async function runBenchmarks(options: RunOptions): Promise<Ran> {
  const { size, only, directory, say } = options;
  const peers = buildPeers(size === "smoke");
  for (const missing of peers.missing) say(missing);
  const cores = takeCores();
  const around = createSurroundings({ cores, peers, size, program: options.program, say, directory });
  const results: WorkloadResult[] = [];
  for (const workload of workloads) {
    if (only === undefined ? order.indexOf(workload.since) > order.indexOf(size) : !only.includes(workload.id))
      continue;
    const startMs = performance.now();
    const waited = waitedMs(process.pid) ?? 0;
    const result = await workload.run(around);
    const tookMs = performance.now() - startMs;
    say(`${workload.id}: ${(tookMs / 1000).toFixed(0)} s`);
    const contended = ((waitedMs(process.pid) ?? 0) - waited) / tookMs;
    const date = new Date().toISOString().slice(0, 16).replace("T", " ");
    const kept = { ...result, date, notes: [...result.notes, ...contention(contended)] };
    results.push(kept);
    if (size !== "smoke") await keepResults([kept], describeMachine(cores), peers.missing);
  }
  return { results, text: results.map(formatResult).join("\n") };
}
