import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type ChurnFigures, churn } from "../load/churn.ts";
import { connectFleet, type Fleet } from "../load/fleet.ts";
import { limitGoal, number, ratioGoal } from "../results/result.ts";
import { clusters } from "../servers/corpus.ts";
import { startGoControlPlane } from "../servers/peers.ts";
import { startPortolan } from "../servers/portolan.ts";
import { record } from "../servers/recording.ts";
import type { Server, Way } from "../servers/server.ts";
import type { Trace } from "../servers/trace.ts";
import { ratio } from "./push-figures.ts";
import { type Surroundings, sized, type Workload } from "./workload.ts";

/** A peer that does not keep up with a rate still has to catch up before the next one. */
const SETTLE_MS = 1000;

interface Measured {
  readonly server: string;
  readonly rate: number;
  readonly figures: ChurnFigures;
}

/** What users ask for: how long from a write to every proxy. */
export const w11: Workload = {
  id: "W11",
  since: "smoke",
  async run(around) {
    const streams = sized(around.size, 20, 1000, 1000);
    const services = sized(around.size, 10, 100, 100);
    const rates = sized(around.size, [20], [1, 10, 100], [1, 10, 100]);
    const durationMs = sized(around.size, 300, 5000, 20_000);
    const measured = await measure(around, { streams, services, rates, durationMs });
    const trace = await split(around, streams, services, sized(around.size, 3, 10, 30));
    const at10 = (server: string) =>
      measured.find((each) => each.server.startsWith(server) && each.rate === rates[Math.min(1, rates.length - 1)])
        ?.figures.receipt.p99Ms;
    return {
      id: "W11",
      title: `from a write to its receipt, ${streams} incremental streams x ${services} clusters, open loop`,
      columns: ["server", "changes a second", "p50, ms", "p95, ms", "p99, ms", "max, ms", "missing", "server busy, %"],
      rows: [
        ...measured.map(({ server, rate, figures: { receipt, missing, busy } }) => [
          server,
          String(rate),
          ...[receipt.p50Ms, receipt.p95Ms, receipt.p99Ms, receipt.maxMs].map(number),
          String(missing),
          number((busy ?? Number.NaN) * 100),
        ]),
        ...[
          ["of which: the write, up to the encoded resource", trace.write] as const,
          ["of which: to the first stream", trace.wake] as const,
          ["of which: send, first stream to last", trace.send] as const,
          ["of which: receipt and ACK", trace.acknowledge] as const,
        ].map(([what, { p50Ms, p95Ms, p99Ms, maxMs }]) => [
          what,
          "",
          ...[p50Ms, p95Ms, p99Ms, maxMs].map(number),
          "",
          "",
        ]),
      ],
      goals: [
        limitGoal("p99 ≤ 50 ms at 10 changes a second", at10("portolan"), 50, "ms"),
        ratioGoal(
          "the same beside go-control-plane: p99 ≤ 1x",
          ratio(at10("portolan"), at10("go-control-plane")),
          1,
          "go-control-plane",
        ),
      ],
      notes: [
        "A write of ours is a request to the admin API, answered when it is durable; go-control-plane's is a line on its standard input, and nothing is kept. Clients acknowledge at the moment of receipt. The split is of a separate run, one change after the other, since observing costs as well.",
      ],
      bars: [],
    };
  },
};

async function measure(
  around: Surroundings,
  load: {
    readonly streams: number;
    readonly services: number;
    readonly rates: readonly number[];
    readonly durationMs: number;
  },
): Promise<readonly Measured[]> {
  await using parts = new AsyncDisposableStack();
  const { streams, services } = load;
  const names = clusters(services);
  const directory = await around.folder("w11");
  const fleets: { readonly fleet: Fleet; readonly way: Way }[] = [];
  const use = async (server: Server) => {
    const fleet = await connectFleet(server, { streams, dialect: "delta", names });
    parts.defer(() => fleet.swarm.disconnect());
    const [way] = server.ways;
    // All servers change the same few services.
    if (way !== undefined) fleets.push({ fleet, way: { ...way, services: { from: 0, to: Math.min(10, services) } } });
  };
  const ours = parts.use(await startPortolan({ ...around, directory, services, throughApi: services }));
  const recording = await record(ours, { names, dialect: "delta", directory });
  await use(ours);
  const { goControlPlane } = around.peers;
  if (goControlPlane !== undefined) {
    for (const cache of ["snapshot", "linear"] as const) {
      await use(parts.use(await startGoControlPlane(goControlPlane, cache, recording, around.cores, directory)));
    }
  }
  const measured: Measured[] = [];
  for (const rate of load.rates) {
    for (const { fleet, way } of fleets) {
      around.say(`w11: ${fleet.server.name}, ${rate} changes a second`);
      fleet.latencies.clear();
      const figures = await churn(fleet, way, rate, load.durationMs);
      measured.push({ server: fleet.server.name, rate, figures });
      if (figures.failed > 0) around.say(`w11: ${figures.failed} writes failed: ${figures.reason}`);
      await delay(SETTLE_MS);
    }
  }
  return measured;
}

async function split(around: Surroundings, streams: number, services: number, changes: number): Promise<Trace> {
  const directory = await around.folder("w11-trace");
  const file = join(directory, "trace.json");
  await using server = await startPortolan({
    ...around,
    directory,
    services,
    throughApi: 1,
    nodeFlags: ["--import", new URL("../servers/trace.ts", import.meta.url).href],
    env: { PORTOLAN_BENCH_TRACE: file },
  });
  around.say("w11: where the time of a change goes");
  const way = server.ways.find(({ name }) => name === "API");
  if (way === undefined) throw new Error("nothing can be changed through the API");
  const fleet = await connectFleet(server, { streams, dialect: "delta", names: clusters(services) });
  for (let at = 0; at < changes; at++) {
    await fleet.change(way, way.services.from);
    await delay(50);
  }
  fleet.swarm.disconnect();
  await server.process.stop();
  return JSON.parse(await readFile(file, "utf8"));
}
