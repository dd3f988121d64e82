/**
 * Loaded into this project's server with `--import`, where the time of one change is to be split: what happens in it is
 * told on diagnostics channels. Written to the file named by PORTOLAN_BENCH_TRACE when the server ends.
 */
import { subscribe } from "node:diagnostics_channel";
import { writeFileSync } from "node:fs";
import { createHistogram, type LatencySummary } from "../../packages/sdk/src/bench/histogram.ts";

export interface Trace {
  /** From the request to where streams are woken: read, validated, debounced, compiled, made durable, translated, encoded. */
  readonly write: LatencySummary;
  /** From there to the first stream. */
  readonly wake: LatencySummary;
  /** From the first to the last stream. */
  readonly send: LatencySummary;
  /** From each response to its acknowledgement. */
  readonly acknowledge: LatencySummary;
}

const write = createHistogram();
const wake = createHistogram();
const send = createHistogram();
const acknowledge = createHistogram();
let requests: number[] = [];
let streams = 0;
let publishedMs: number | undefined;
let firstMs: number | undefined;
let lastMs: number | undefined;

function endPush(): void {
  if (firstMs !== undefined && lastMs !== undefined) send.record(lastMs - firstMs);
  firstMs = undefined;
}

subscribe("portolan:xds:stream-opened", () => {
  streams++;
  requests = [];
});
subscribe("http.server.request.start", (message) => {
  const { request } = message as { readonly request: { readonly method: string } };
  if (request.method === "POST") requests.push(performance.now());
});
subscribe("portolan:registry:published", () => {
  if (streams === 0) return;
  const nowMs = performance.now();
  endPush();
  for (const startedMs of requests) write.record(nowMs - startedMs);
  requests = [];
  publishedMs = nowMs;
});
subscribe("portolan:xds:push", () => {
  lastMs = performance.now();
  if (publishedMs !== undefined) {
    wake.record(lastMs - publishedMs);
    firstMs = lastMs;
    publishedMs = undefined;
  }
});
subscribe("portolan:xds:ack", (message) => {
  if (firstMs !== undefined) acknowledge.record((message as { readonly waitedMs: number }).waitedMs);
});
process.on("exit", () => {
  endPush();
  const trace: Trace = {
    write: write.summary(),
    wake: wake.summary(),
    send: send.summary(),
    acknowledge: acknowledge.summary(),
  };
  const file = process.env.PORTOLAN_BENCH_TRACE;
  if (file !== undefined) writeFileSync(file, JSON.stringify(trace));
});
