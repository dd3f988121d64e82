import { setTimeout as delay } from "node:timers/promises";
import { openLoop } from "../../benchmarks/load/open-loop.ts";
import { cpuMs, waitedMs } from "../../benchmarks/machine/process-usage.ts";
import { clusterOf, clusters } from "../../benchmarks/servers/corpus.ts";
import { benchNode } from "../../packages/sdk/src/bench/bench-node.ts";
import { changeAddress, eachChange } from "../../packages/sdk/src/bench/change-address.ts";
import { eachResource } from "../../packages/sdk/src/bench/discovery-wire.ts";
import { createHistogram } from "../../packages/sdk/src/bench/histogram.ts";
import { ENDPOINTS } from "../../packages/sdk/src/bench/preflight.ts";
import { createSwarm } from "../../packages/sdk/src/bench/swarm.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { until } from "../testing/until.ts";
import { startControlPlane } from "./control-plane.ts";
import { createVerdict, type FaultSize, type Verdict } from "./verdict.ts";

const SERVICES = 100;

/** F-05: endpoints change far more often than anyone can be told, for a long time. */
export async function updateStorm(size: FaultSize): Promise<Verdict> {
  const { streams, perSecond, seconds } =
    size === "full" ? { streams: 100, perSecond: 1000, seconds: 60 } : { streams: 10, perSecond: 1000, seconds: 2 };
  const verdict = createVerdict();
  await using folder = await temporaryFolder();
  await using server = await startControlPlane({ folder, services: SERVICES });
  const [way] = server.ways;
  if (way === undefined) throw new Error("nothing can be changed");
  const names = clusters(SERVICES);
  // By stream: when each response came, and the newest change of each cluster.
  const arrivals = Array.from({ length: streams }, (): number[] => []);
  const states = Array.from({ length: streams }, () => new Map<string, number>());
  const target = { host: "127.0.0.1", port: server.port };
  const subscriptions = [{ typeUrl: ENDPOINTS, names }];
  const swarm = createSwarm({
    target,
    streams,
    dialect: "delta",
    subscriptions,
    node: (stream) => benchNode(stream, "bench"),
    received(stream, message) {
      arrivals[stream]?.push(performance.now());
      eachResource(message, ({ name, body }) => eachChange(body, (change) => states[stream]?.set(name, change)));
    },
  });
  await swarm.connect();
  for (const times of arrivals) times.length = 0;

  const model = new Map<string, number>();
  const served = createHistogram();
  let late = 0;
  const over = new AbortController();
  const newcomers = (async () => {
    for (let at = 0; !over.signal.aborted; at++) {
      const one = createSwarm({
        target,
        streams: 1,
        dialect: "delta",
        subscriptions,
        node: () => benchNode(streams + 1 + (at % 20), "bench"),
      });
      const startMs = performance.now();
      await one.connect();
      served.record(performance.now() - startMs);
      late += one.ended.count;
      one.disconnect();
      await delay(250, undefined, { signal: over.signal }).catch(() => {});
    }
  })();
  const { pid } = server.process;
  const before = { cpu: cpuMs(pid) ?? Number.NaN, waited: waitedMs(pid) ?? Number.NaN };
  const startMs = performance.now();
  const { sent, failed, reason } = await openLoop(perSecond, seconds * 1000, async (at) => {
    const service = at % SERVICES;
    model.set(clusterOf(service), at + 1);
    await way.change(service, changeAddress(at + 1));
  });
  const tookS = (performance.now() - startMs) / 1000;
  over.abort();
  await newcomers;
  const wrong = () => states.filter((state) => [...model].some(([name, change]) => state.get(name) !== change)).length;
  await until("every stream has the last state", () => wrong() === 0, 20_000).catch(() => {});

  const percent = (ms: number) => ms / tookS / 10;
  verdict.tell("busy, % of a processor", percent((cpuMs(pid) ?? Number.NaN) - before.cpu));
  // Times on a machine that others use as well hold this much of others' work.
  verdict.tell("kept from the processor, %", percent((waitedMs(pid) ?? Number.NaN) - before.waited));
  const rates = arrivals.map((times) => times.length / tookS);
  const { p50Ms, maxMs, count } = served.summary();
  verdict.tell("changes", sent);
  verdict.tell("changes a second", (sent - failed) / tookS);
  if (failed > 0) verdict.tell("why writes failed", reason);
  verdict.limit("writes that failed", failed, 0);
  verdict.limit("streams that do not end at the last state", wrong(), 0);
  // Within seconds on a busy machine a pause may begin the storm anew, which is told at once again.
  verdict.limit("pushes a second and stream, most", Math.max(...rates), size === "full" ? 11 : 25);
  verdict.tell("pushes in one second, most", Math.max(...arrivals.map(densest)));
  verdict.tell("new streams meanwhile", count);
  verdict.tell("a new stream served p50, ms", p50Ms);
  if (size === "full") verdict.limit("a new stream served, at most, ms", maxMs, 1000);
  else verdict.tell("a new stream served, at most, ms", maxMs);
  verdict.limit("new streams that were ended", late, 0);
  verdict.limit("streams that were ended", swarm.ended.count, 0);
  swarm.disconnect();
  return verdict.done();
}

/** The most that came within a second. */
function densest(times: readonly number[]): number {
  let most = 0;
  for (let from = 0, to = 0; to < times.length; to++) {
    while ((times[to] ?? 0) - (times[from] ?? 0) > 1000) from++;
    most = Math.max(most, to - from + 1);
  }
  return most;
}
