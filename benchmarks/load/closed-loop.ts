import { setTimeout as delay } from "node:timers/promises";
import { cpuMs, residentBytes, residentFileBytes } from "../machine/process-usage.ts";
import type { Way } from "../servers/server.ts";
import type { Fleet } from "./fleet.ts";
import { type Spread, spreadOf } from "./statistics.ts";

/** One way to change one server, with the clients that watch it. */
export interface Contender {
  readonly name: string;
  readonly fleet: Fleet;
  readonly way: Way;
  /** Changes a round. */
  readonly changes: number;
}

export interface ClosedLoopFigures {
  readonly name: string;
  /** The server's CPU a change, by rounds; undefined where there is no /proc. */
  readonly cpuMs: Spread | undefined;
  /** From the change to the last stream. */
  readonly lastMs: Spread;
  /** The client's own CPU a change: where it comes near to `lastMs`, the client is what is waited for. */
  readonly clientMs: Spread;
  readonly residentMb: number | undefined;
  /** What of it are pages of files. */
  readonly residentFileMb: number | undefined;
  /** Bytes of messages that one change sends to one stream. */
  readonly bytes: number;
}

// Acknowledgements are on their way when the last stream has the change.
const REST_MS = 15;

/**
 * Changes one endpoint after the other, the next when the last has reached every stream; rounds go from contender to
 * contender, so that a machine whose speed drifts is the same for all.
 */
export async function closedLoop(
  contenders: readonly Contender[],
  rounds: number,
): Promise<readonly ClosedLoopFigures[]> {
  const taken = contenders.map((contender) => ({
    contender,
    cpu: [] as number[],
    client: [] as number[],
    last: [] as number[],
    bytes: 0,
    changes: 0,
  }));
  // One that is not counted: what is compiled at the first use is compiled now.
  for (let round = -1; round < rounds; round++) {
    for (const figures of taken) {
      const { fleet, way } = figures.contender;
      const changes = round < 0 ? Math.min(3, figures.contender.changes) : figures.contender.changes;
      const { pid } = fleet.server.process;
      const before = { cpu: cpuMs(pid), client: process.cpuUsage(), bytes: fleet.swarm.traffic.bytes };
      for (let at = 0; at < changes; at++) {
        const ms = await fleet.change(way, serviceAt(way, at));
        if (round >= 0) figures.last.push(ms);
        await delay(REST_MS);
      }
      await delay(4 * REST_MS);
      if (round < 0) continue;
      const after = cpuMs(pid);
      const { user, system } = process.cpuUsage(before.client);
      figures.client.push((user + system) / 1000 / changes);
      if (before.cpu !== undefined && after !== undefined) figures.cpu.push((after - before.cpu) / changes);
      figures.bytes += fleet.swarm.traffic.bytes - before.bytes;
      figures.changes += changes;
    }
  }
  return taken.map(({ contender, cpu, client, last, bytes, changes }) => {
    const { pid } = contender.fleet.server.process;
    return {
      name: contender.name,
      cpuMs: cpu.length === 0 ? undefined : spreadOf(cpu),
      lastMs: spreadOf(last),
      clientMs: spreadOf(client),
      residentMb: megabytes(residentBytes(pid)),
      residentFileMb: megabytes(residentFileBytes(pid)),
      bytes: bytes / changes / contender.fleet.propagation.streams,
    };
  });
}

/** Services of the first file take turns, so that no change undoes the one before. */
function serviceAt({ services: { from, to } }: Way, at: number): number {
  return from + (at % Math.min(10, to - from));
}

function megabytes(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / 2 ** 20;
}
