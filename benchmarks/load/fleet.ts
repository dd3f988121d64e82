import { benchNode } from "../../packages/sdk/src/bench/bench-node.ts";
import { changeAddress, eachChange } from "../../packages/sdk/src/bench/change-address.ts";
import type { BenchDialect, ResponseHead } from "../../packages/sdk/src/bench/discovery-wire.ts";
import { createHistogram, type Histogram } from "../../packages/sdk/src/bench/histogram.ts";
import { ENDPOINTS } from "../../packages/sdk/src/bench/preflight.ts";
import { createPropagation, type Propagation } from "../../packages/sdk/src/bench/propagation.ts";
import { createSwarm, type Swarm } from "../../packages/sdk/src/bench/swarm.ts";
import type { Server, Way } from "../servers/server.ts";

export interface FleetOptions {
  readonly streams: number;
  readonly dialect: BenchDialect;
  /** Clusters whose endpoints each stream subscribes to. */
  readonly names: readonly string[];
}

/** The clients of one server, and what they have seen of its changes. */
export interface Fleet {
  readonly server: Server;
  readonly swarm: Swarm;
  readonly propagation: Propagation;
  /** Of all changes, over all streams. */
  readonly latencies: Histogram;
  /** Starts a change; gives its number when the server has accepted it. */
  begin(way: Way, service: number): Promise<number>;
  /** Makes a change and gives the milliseconds until the last stream has it. */
  change(way: Way, service: number): Promise<number>;
}

const CONNECT_AT_ONCE = 100;
const ARRIVAL_MS = 60_000;

/** Clients that are not connected yet. */
export function createFleet(
  server: Server,
  options: FleetOptions,
  atOnce = CONNECT_AT_ONCE,
  onResponse?: (head: ResponseHead) => void,
): Fleet {
  const latencies = createHistogram();
  const propagation = createPropagation(options.streams, latencies);
  const swarm = createSwarm({
    target: { host: "127.0.0.1", port: server.port },
    streams: options.streams,
    dialect: options.dialect,
    subscriptions: [{ typeUrl: ENDPOINTS, names: options.names }],
    node: (stream) => benchNode(stream, "bench"),
    connectAtOnce: atOnce,
    received(stream, message, head) {
      const atMs = performance.now();
      onResponse?.(head);
      eachChange(message, (change) => {
        if (change < propagation.begun) propagation.seen(stream, change, atMs);
      });
    },
  });

  async function begin(way: Way, service: number): Promise<number> {
    const change = propagation.begin(service, performance.now());
    await way.change(service, changeAddress(change));
    return change;
  }

  return {
    server,
    swarm,
    propagation,
    latencies,
    begin,
    async change(way, service) {
      const startMs = performance.now();
      // What was accepted may have arrived everywhere before the answer came.
      const arrived = propagation
        .everywhere(propagation.begun, ARRIVAL_MS)
        .then((all) => ({ all, ms: performance.now() - startMs }));
      await begin(way, service);
      const { all, ms } = await arrived;
      if (!all || swarm.ended.count > 0) {
        throw new Error(
          `${server.name}: a change did not reach every stream: ${swarm.ended.count} ended (${swarm.ended.reason})`,
        );
      }
      return ms;
    },
  };
}

export async function connectFleet(server: Server, options: FleetOptions): Promise<Fleet> {
  const fleet = createFleet(server, options);
  await fleet.swarm.connect();
  const { ended } = fleet.swarm;
  if (ended.count > 0) throw new Error(`${server.name} ended ${ended.count} streams: ${ended.reason}`);
  return fleet;
}
