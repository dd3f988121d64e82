import type { BenchDialect } from "../../packages/sdk/src/bench/discovery-wire.ts";
import { type ClosedLoopFigures, type Contender, closedLoop } from "../load/closed-loop.ts";
import { connectFleet } from "../load/fleet.ts";
import { number, spread } from "../results/result.ts";
import { clusters } from "../servers/corpus.ts";
import { startFloor, startGoControlPlane } from "../servers/peers.ts";
import { startPortolan } from "../servers/portolan.ts";
import { record } from "../servers/recording.ts";
import type { Server } from "../servers/server.ts";
import type { Surroundings } from "./workload.ts";

export interface PushMeasurement {
  readonly name: string;
  readonly streams: number;
  readonly clusters: number;
  readonly dialect: BenchDialect;
  readonly peers: readonly ("snapshot" | "linear" | "floor")[];
  /** Changes a round: of this project's server and the floor, and of the other peers, which are slower. */
  readonly changes: number;
  readonly peerChanges: number;
  /** Another bundled command line than that of the run. */
  readonly program?: string;
}

/** Starts this project's server and peers with the same resources, connects as many streams to each, and changes endpoints. */
export async function measurePush(
  around: Surroundings,
  measurements: readonly PushMeasurement[],
  rounds: number,
): Promise<ReadonlyMap<string, readonly ClosedLoopFigures[]>> {
  await using parts = new AsyncDisposableStack();
  const contenders: { readonly measurement: PushMeasurement; readonly contender: Contender }[] = [];
  for (const measurement of measurements) {
    const names = clusters(measurement.clusters);
    const { streams, dialect } = measurement;
    const directory = await around.folder(measurement.name);
    const use = async (server: Server, changes: number) => {
      around.say(`${measurement.name}: ${server.name}, ${streams} ${dialect} streams x ${names.length} clusters`);
      const fleet = await connectFleet(server, { streams, dialect, names });
      parts.defer(() => fleet.swarm.disconnect());
      for (const way of server.ways) {
        const name = way.name === "" ? server.name : `${server.name}, ${way.name}`;
        contenders.push({ measurement, contender: { name, fleet, way, changes } });
      }
    };
    const ours = parts.use(
      await startPortolan({
        ...around,
        program: measurement.program ?? around.program,
        directory,
        services: measurement.clusters,
        throughApi: 1,
      }),
    );
    const recording = measurement.peers.length === 0 ? undefined : await record(ours, { names, dialect, directory });
    await use(ours, measurement.changes);
    if (recording === undefined) continue;
    for (const peer of measurement.peers) {
      const program = peer === "floor" ? around.peers.floor : around.peers.goControlPlane;
      if (program === undefined) continue;
      const server =
        peer === "floor"
          ? await startFloor(program, recording, around.cores, directory)
          : await startGoControlPlane(program, peer, recording, around.cores, directory);
      await use(parts.use(server), peer === "floor" ? measurement.changes : measurement.peerChanges);
    }
  }
  around.say("measuring");
  const figures = await closedLoop(
    contenders.map(({ contender }) => contender),
    rounds,
  );
  const byMeasurement = new Map<string, ClosedLoopFigures[]>();
  for (const [at, { measurement }] of contenders.entries()) {
    const known = byMeasurement.get(measurement.name) ?? [];
    byMeasurement.set(measurement.name, known);
    const measured = figures[at];
    if (measured !== undefined) known.push(measured);
  }
  return byMeasurement;
}

export const PUSH_COLUMNS = [
  "server",
  "CPU a change, ms",
  "last stream, ms",
  "client CPU, ms",
  "bytes a stream",
  "RSS, MB",
  "of it files, MB",
];

export function pushRow(figures: ClosedLoopFigures, name = figures.name): readonly string[] {
  return [
    name,
    spread(figures.cpuMs),
    spread(figures.lastMs),
    spread(figures.clientMs),
    number(figures.bytes),
    number(figures.residentMb),
    number(figures.residentFileMb),
  ];
}

/** How many times as much one costs as the other; undefined where one was not measured. */
export function ratio(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined || other === 0 ? undefined : one / other;
}

export function named(figures: readonly ClosedLoopFigures[], name: string): ClosedLoopFigures | undefined {
  return figures.find((each) => each.name === name);
}

/** The cheaper of go-control-plane's caches. */
export function bestPeer(figures: readonly ClosedLoopFigures[]): ClosedLoopFigures | undefined {
  return figures
    .filter(({ name }) => name.startsWith("go-control-plane"))
    .toSorted((a, b) => (a.cpuMs?.median ?? 0) - (b.cpuMs?.median ?? 0))[0];
}
