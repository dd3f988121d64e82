import {
  type BenchDialect,
  type BenchNode,
  type BenchSubscription,
  createRequestWriter,
  eachResource,
  type ResponseHead,
  readResponse,
} from "./discovery-wire.ts";
import { type GrpcStream, type GrpcTarget, openGrpcStream } from "./grpc-stream.ts";
import { createHistogram, type Histogram } from "./histogram.ts";

export interface SwarmOptions {
  readonly target: GrpcTarget;
  readonly streams: number;
  readonly dialect: BenchDialect;
  readonly subscriptions: readonly BenchSubscription[];
  node(stream: number): BenchNode;
  /** How many are being connected at a time; all at once unless given. */
  readonly connectAtOnce?: number;
  /** The message is overwritten when this returns; it is acknowledged then. */
  received?(stream: number, message: Buffer, head: ResponseHead): void;
  ended?(stream: number, reason: string): void;
}

export interface SwarmTraffic {
  responses: number;
  bytes: number;
}

/** ADS clients, each on a connection of its own, that acknowledge whatever they get. */
export interface Swarm {
  readonly traffic: Readonly<SwarmTraffic>;
  /** Streams that the server ended, and why the last of them. */
  readonly ended: { readonly count: number; readonly reason: string };
  /** From the start of each connection to the answer for everything that it subscribed to. */
  readonly served: Histogram;
  /**
   * Connects all; resolves when each has an answer for everything that it subscribed to, or was ended. `versions`: what
   * the streams still have, so that it is not sent again; then each waits for one answer only, and something of each type
   * must have changed.
   */
  connect(versions?: ReadonlyMap<string, ReadonlyMap<string, string>>): Promise<void>;
  /** Name -> version of what the first stream was sent when it connected, by type; incremental only. */
  readonly versions: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Cuts all connections. */
  disconnect(): void;
}

export function createSwarm(options: SwarmOptions): Swarm {
  const { dialect, target } = options;
  const path = `/envoy.service.discovery.v3.AggregatedDiscoveryService/${dialect === "delta" ? "Delta" : "Stream"}AggregatedResources`;
  const writers = options.subscriptions.map((subscription) => createRequestWriter(dialect, subscription));
  const byType = new Map(writers.map((writer) => [writer.typeUrl, writer]));
  const open = new Map<number, GrpcStream>();
  const traffic: SwarmTraffic = { responses: 0, bytes: 0 };
  const ended = { count: 0, reason: "" };
  const served = createHistogram();
  const versions = new Map<string, Map<string, string>>();

  /** Resolves when the stream is served. */
  function start(index: number, known: ReadonlyMap<string, ReadonlyMap<string, string>> | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const startedMs = performance.now();
    // Type -> names that have no answer yet.
    const missing = new Map(
      writers.map(({ typeUrl, names }) => [typeUrl, known === undefined ? Math.max(1, names) : 1]),
    );
    const settle = () => {
      served.record(performance.now() - startedMs);
      resolve();
    };

    const stream = openGrpcStream(target, path, {
      message(bytes) {
        const head = readResponse(dialect, bytes);
        traffic.responses++;
        traffic.bytes += bytes.length;
        const writer = byType.get(head.typeUrl);
        if (writer === undefined) return;
        options.received?.(index, bytes, head);
        const left = missing.get(head.typeUrl);
        if (left !== undefined) {
          if (index === 0 && dialect === "delta") remember(head.typeUrl, bytes);
          const still = writer.names === 0 ? 0 : left - head.resources - head.removed;
          if (still > 0) missing.set(head.typeUrl, still);
          else missing.delete(head.typeUrl);
          if (missing.size === 0) settle();
        }
        stream.send(writer.acknowledge(head));
      },
      end(reason) {
        open.delete(index);
        ended.count++;
        ended.reason = reason;
        options.ended?.(index, reason);
        resolve();
      },
    });
    open.set(index, stream);
    const node = options.node(index);
    for (const writer of writers) stream.send(writer.first(node, known?.get(writer.typeUrl)));
    return promise;
  }

  function remember(typeUrl: string, bytes: Buffer): void {
    const known = versions.get(typeUrl) ?? new Map<string, string>();
    versions.set(typeUrl, known);
    eachResource(bytes, ({ name, version }) => known.set(name, version));
  }

  return {
    traffic,
    ended,
    served,
    versions,
    async connect(known) {
      let next = 0;
      const one = async () => {
        while (next < options.streams) await start(next++, known);
      };
      await Promise.all(
        Array.from({ length: Math.min(options.streams, options.connectAtOnce ?? options.streams) }, one),
      );
    },
    disconnect() {
      for (const stream of open.values()) stream.destroy();
      open.clear();
    },
  };
}
