import { setTimeout as delay } from "node:timers/promises";
import { residentBytes } from "../../benchmarks/machine/process-usage.ts";
import { benchNode } from "../../packages/sdk/src/bench/bench-node.ts";
import { eachChange } from "../../packages/sdk/src/bench/change-address.ts";
import { createHistogram } from "../../packages/sdk/src/bench/histogram.ts";
import { ENDPOINTS } from "../../packages/sdk/src/bench/preflight.ts";
import { createPropagation } from "../../packages/sdk/src/bench/propagation.ts";
import { createSwarm } from "../../packages/sdk/src/bench/swarm.ts";
import { frameOf } from "../../packages/xds/src/server/http2/frame.ts";
import {
  ADS_HEADERS,
  connectRawHttp2,
  FLAG,
  FRAME,
  frame,
  headerBlock,
} from "../../packages/xds/src/testing/raw-http2.ts";
import { until } from "../testing/until.ts";
import { startLibrary } from "./library-process.ts";
import { createVerdict, type FaultSize, type Verdict } from "./verdict.ts";

const MB = 2 ** 20;
const BYTES = 100_000;

/** F-01: of many streams one takes nothing, while a large resource changes again and again. */
export async function stuckReader(size: FaultSize): Promise<Verdict> {
  const { streams, updates, perSecond } =
    size === "full" ? { streams: 99, updates: 10_000, perSecond: 200 } : { streams: 9, updates: 200, perSecond: 100 };
  const verdict = createVerdict();
  await using server = await startLibrary();
  server.publish(0, BYTES);
  const latencies = createHistogram();
  const propagation = createPropagation(streams, latencies);
  const swarm = createSwarm({
    target: { host: "127.0.0.1", port: server.plain },
    streams,
    dialect: "delta",
    subscriptions: [{ typeUrl: ENDPOINTS, names: ["a"] }],
    node: (stream) => benchNode(stream, "bench"),
    received(stream, message) {
      const atMs = performance.now();
      eachChange(message, (change) => {
        if (change > 0 && change <= propagation.begun) propagation.seen(stream, change - 1, atMs);
      });
    },
  });
  await swarm.connect();
  const change = async (count: number): Promise<number> => {
    let peak = 0;
    const startMs = performance.now();
    for (let at = 0; at < count; at++) {
      const early = startMs + (at * 1000) / perSecond - performance.now();
      if (early > 1) await delay(early);
      server.publish(propagation.begin(0, performance.now()) + 1, BYTES);
      if (at % 50 === 0) peak = Math.max(peak, residentBytes(server.pid) ?? Number.NaN);
    }
    await until("all others have the last one", () => propagation.missing() === 0, 60_000);
    return Math.max(peak, residentBytes(server.pid) ?? Number.NaN);
  };
  // The same without it, first: what the others cost is not its doing.
  const base = await change(updates);
  const stuck = await openStuck(server.plain);
  await until("the stuck one is there", async () => (await server.figures()).connections === streams + 1);

  const before = latencies.summary().count;
  const peak = await change(updates);
  const { connections } = await server.figures();
  const { p50Ms, p99Ms, maxMs, count } = latencies.summary();
  verdict.tell("updates", updates);
  verdict.tell("receipts of the others", count - before);
  verdict.tell("received, MB", swarm.traffic.bytes / MB);
  verdict.tell("change to receipt p50, ms", p50Ms);
  if (size === "full") verdict.limit("change to receipt p99, ms", p99Ms, 1000);
  else verdict.tell("change to receipt p99, ms", p99Ms);
  verdict.tell("max, ms", maxMs);
  if (size === "full") verdict.limit("RSS growth, MB", (peak - base) / MB, (2 * BYTES) / MB + 20);
  else verdict.tell("RSS growth, MB", (peak - base) / MB);
  verdict.expect("no other stream was ended", swarm.ended.count === 0);
  // It answers no ping either: it goes when keepalive says so, or stays and costs nothing.
  verdict.tell("streams at the end", connections);
  verdict.expect("the others are there at the end", connections >= streams);
  swarm.disconnect();
  stuck.destroy();
  return verdict.done();
}

/** Asks for the same as the others, and reads nothing more. */
async function openStuck(port: number) {
  const { socket, write } = await connectRawHttp2(port);
  const url = Buffer.from(ENDPOINTS);
  const request = Buffer.concat([
    Buffer.from([0x0a, 3, 0x0a, 1, 0x7a, 0x12, url.length]),
    url,
    Buffer.from([0x1a, 1, 0x61]),
  ]);
  await write(
    frame(FRAME.headers, FLAG.endHeaders, 1, headerBlock(ADS_HEADERS)),
    frame(FRAME.data, 0, 1, frameOf(request)),
  );
  socket.pause();
  return socket;
}
