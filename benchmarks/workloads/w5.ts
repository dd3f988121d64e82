import { setTimeout as delay } from "node:timers/promises";
import { changeAddress } from "../../packages/sdk/src/bench/change-address.ts";
import { createFleet } from "../load/fleet.ts";
import { type Spread, spreadOf } from "../load/statistics.ts";
import { cpuMs, residentBytes } from "../machine/process-usage.ts";
import { limitGoal, number, ratioGoal, spread } from "../results/result.ts";
import { clusters } from "../servers/corpus.ts";
import { startGoControlPlane } from "../servers/peers.ts";
import { type PortolanServer, startPortolan } from "../servers/portolan.ts";
import { record } from "../servers/recording.ts";
import type { Server } from "../servers/server.ts";
import { ratio } from "./push-figures.ts";
import { type Surroundings, sized, type Workload } from "./workload.ts";

const HEAP_MB = 512;

/** Everybody comes at once: after an outage, or when a fleet starts. */
export const w5: Workload = {
  id: "W5",
  since: "smoke",
  async run(around) {
    const streams = sized(around.size, 20, 1000, 1000);
    const count = sized(around.size, 10, 100, 100);
    const rounds = sized(around.size, 1, 2, 7);
    const cold = await coldStarts(around, streams, count, rounds);
    const ours = cold.get("portolan");
    const peer = [...cold]
      .filter(([name]) => name !== "portolan")
      .sort(([, a], [, b]) => a.cpu.median - b.cpu.median)[0];
    const many = sized(around.size, 30, 2000, 5000);
    const again = await reconnect(around, many, count);
    return {
      id: "W5",
      title: `${streams} incremental streams x ${count} clusters connect at once; ${many} reconnect, in a heap of ${HEAP_MB} MB`,
      columns: ["server", "CPU, ms", "all served after, ms", "RSS, MB"],
      rows: [
        ...[...cold].map(([name, { cpu, served, residentMb }]) => [
          name,
          spread(cpu),
          spread(served),
          number(residentMb),
        ]),
        [`portolan, ${many} reconnect`, number(again.cpuMs), number(again.servedMs), number(again.residentMb)],
      ],
      goals: [
        ratioGoal(
          "CPU of a cold start ≤ 0.5x go-control-plane",
          ratio(ours?.cpu.median, peer?.[1].cpu.median),
          0.5,
          "go-control-plane",
        ),
        limitGoal(`${many} streams are all served again within 30 s`, again.servedMs / 1000, 30, "s"),
        limitGoal("the event loop is held up for at most 250 ms meanwhile", again.loopMs, 250, "ms"),
      ],
      notes: [
        `Those that reconnect say which versions they have, and one load assignment changed while they were away: ${number(again.resent / many)} of ${count} were sent to each. Cold starts: a new server process in each round.`,
      ],
      bars: [],
    };
  },
};

interface ColdStart {
  readonly cpu: Spread;
  readonly served: Spread;
  readonly residentMb: number;
}

/** Each round and server in a new process. */
async function coldStarts(
  around: Surroundings,
  streams: number,
  count: number,
  rounds: number,
): Promise<ReadonlyMap<string, ColdStart>> {
  const names = clusters(count);
  const directory = await around.folder("w5");
  const { goControlPlane } = around.peers;
  const startOurs = (round: string) =>
    startPortolan({ ...around, directory: `${directory}/${round}`, services: count });
  await using recorded = new AsyncDisposableStack();
  const recorder = recorded.use(await startOurs("recorded"));
  const recording = await record(recorder, { names, dialect: "delta", directory });
  await recorded.disposeAsync();
  const starters: readonly (readonly [string, (round: number) => Promise<Server>])[] = [
    ["portolan", (round) => startOurs(String(round))],
    ...(goControlPlane === undefined
      ? []
      : (["snapshot", "linear"] as const).map((cache) => {
          const start = () => startGoControlPlane(goControlPlane, cache, recording, around.cores, directory);
          return [`go-control-plane, ${cache} cache`, start] as const;
        })),
  ];
  const taken = new Map(starters.map(([name]) => [name, { cpu: [] as number[], served: [] as number[], resident: 0 }]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, start] of starters) {
      await using server = await start(round);
      around.say(`w5: ${name}, ${streams} streams at once, round ${round + 1}`);
      await delay(500);
      const { pid } = server.process;
      const before = cpuMs(pid) ?? Number.NaN;
      const startMs = performance.now();
      const { swarm } = createFleet(server, { streams, dialect: "delta", names }, streams);
      await swarm.connect();
      const figures = taken.get(name);
      figures?.served.push(performance.now() - startMs);
      await delay(300);
      figures?.cpu.push((cpuMs(pid) ?? Number.NaN) - before);
      if (figures !== undefined) figures.resident = (residentBytes(pid) ?? Number.NaN) / 2 ** 20;
      if (swarm.ended.count > 0) throw new Error(`${name} ended ${swarm.ended.count} streams: ${swarm.ended.reason}`);
      swarm.disconnect();
    }
  }
  return new Map(
    [...taken].map(([name, { cpu, served, resident }]) => [
      name,
      { cpu: spreadOf(cpu), served: spreadOf(served), residentMb: resident },
    ]),
  );
}

interface Reconnection {
  readonly cpuMs: number;
  readonly servedMs: number;
  readonly loopMs: number;
  readonly residentMb: number;
  readonly resent: number;
}

async function reconnect(around: Surroundings, streams: number, count: number): Promise<Reconnection> {
  const names = clusters(count);
  const directory = await around.folder("w5-again");
  await using server = await startPortolan({
    ...around,
    directory,
    services: count,
    throughApi: 1,
    nodeFlags: [`--max-old-space-size=${HEAP_MB}`],
  });
  around.say(`w5: ${streams} streams reconnect in a heap of ${HEAP_MB} MB`);
  const options = { streams, dialect: "delta", names } as const;
  const first = createFleet(server, options).swarm;
  await first.connect();
  first.disconnect();
  // An outage ends: everybody is back at once with what they had, of which one load assignment is outdated.
  const way = server.ways.find(({ name }) => name === "API");
  await way?.change(count - 1, changeAddress(0));
  await delay(1000);
  const { pid } = server.process;
  await loopDelayMs(server);
  const before = cpuMs(pid) ?? Number.NaN;
  let resent = 0;
  const startMs = performance.now();
  const second = createFleet(server, options, streams, (head) => (resent += head.resources)).swarm;
  await second.connect(first.versions);
  const servedMs = performance.now() - startMs;
  await delay(300);
  const cpu = (cpuMs(pid) ?? Number.NaN) - before;
  const loopMs = await loopDelayMs(server);
  const residentMb = (residentBytes(pid) ?? Number.NaN) / 2 ** 20;
  if (second.ended.count > 0)
    throw new Error(`${second.ended.count} of ${streams} streams were ended: ${second.ended.reason}`);
  second.disconnect();
  return { cpuMs: cpu, servedMs, loopMs, residentMb, resent };
}

/** The longest that the event loop was held up since this was last asked for. */
async function loopDelayMs(server: PortolanServer): Promise<number> {
  const text = await server.ask("GET", "/metrics");
  const seconds = /^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(text)?.[1];
  return seconds === undefined ? Number.NaN : Number(seconds) * 1000;
}
