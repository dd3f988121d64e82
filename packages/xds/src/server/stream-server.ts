import type { SecureContextOptions } from "node:tls";
import { resourceType } from "../resource/resource-type.ts";
import { createSharedNews } from "../session/shared-news.ts";
import type { ViewId } from "../snapshot/ids.ts";
import type { SnapshotMessage } from "../snapshot/message.ts";
import { createSnapshotReplica } from "../snapshot/replica.ts";
import { createAckDeadline } from "./ack-deadline.ts";
import { createAssembly } from "./assembly.ts";
import { createHeartbeatClock } from "./heartbeat-clock.ts";
import type { GrpcCall } from "./http2/grpc-call.ts";
import { createGrpcListener } from "./http2/grpc-listener.ts";
import type { XdsLimits } from "./limits.ts";
import { createNodeDeadline } from "./node-deadline.ts";
import { identityOfCertificate, type Peer } from "./peer.ts";
import type { XdsConnection } from "./report.ts";
import { createRequestReader } from "./request-reader.ts";
import { DISCOVERY_METHODS, type StreamKind } from "./services.ts";
import { type ServedStream, type StreamSurroundings, serveStream } from "./stream.ts";
import type { StreamHome, StreamReport } from "./stream-home.ts";
import { createWakeLoop } from "./wake-loop.ts";

/** What a thread is told that serves streams: data. */
export interface ThreadOptions {
  readonly listen: readonly ThreadListener[];
  readonly limits: XdsLimits;
  readonly controlPlane: string;
  /** Who is told TTLs; see `XdsServerOptions.ttl`. */
  readonly ttl: "announced" | "always";
  /** Who understands them; see `XdsServerOptions.resourceErrors`. */
  readonly resourceErrors: readonly string[];
}

export interface StreamServerOptions extends ThreadOptions {
  readonly now: () => number;
  readonly home: StreamHome;
  /** What carries out a method that is not discovery. */
  readonly further: (path: string) => ((call: GrpcCall) => void) | undefined;
  /** A number for the next stream: greater than all before it. */
  readonly nextStream: () => number;
  /** What `connection()` says of it may be another than before. */
  readonly touch?: (stream: ServedStream) => void;
  /** Other threads listen on the same ports. */
  readonly reusePort?: boolean;
}

export interface ThreadListener {
  readonly address: string;
  /** Mutual TLS; absent: plaintext. */
  readonly tls: SecureContextOptions | undefined;
}

/** The streams of one thread: its listeners, its copy of the store, and a session for each stream. */
export interface StreamServer {
  /** Opens the listener of that place in `listen`, and gives its port. Rejects with what `listen` says. */
  bind(listener: number, port: number): Promise<number>;
  /** What the store says. Gives the views of streams that differ from before. */
  take(message: SnapshotMessage): readonly ViewId[];
  connections(): readonly XdsConnection[];
  setCertificates(tls: SecureContextOptions): void;
  stop(graceMs: number): Promise<void>;
}

export function createStreamServer(options: StreamServerOptions): StreamServer {
  const { limits, now, home, nextStream, reusePort = false } = options;
  const listeners = options.listen.map(({ address, tls }) => {
    const transport = tls === undefined ? "plaintext" : "mtls";
    const route = (path: string) => {
      const kind = DISCOVERY_METHODS.get(path);
      return kind === undefined ? options.further(path) : (call: GrpcCall) => serve(call, kind, transport);
    };
    return { address, server: createGrpcListener({ tls, limits, route }) };
  });
  const replica = createSnapshotReplica();
  const byView = new Map<ViewId, Set<ServedStream>>();
  const viewOf = new Map<ServedStream, ViewId>();
  const streams = new Map<number, ServedStream>();
  const wakes = createWakeLoop();
  const heartbeats = createHeartbeatClock(now, wakes.add);
  let stopping = false;

  const deadline =
    limits.acknowledgementMs === Number.POSITIVE_INFINITY
      ? undefined
      : createAckDeadline({
          ms: limits.acknowledgementMs,
          now,
          overdue: (number, typeUrl) => {
            const { shortName } = resourceType(typeUrl);
            streams.get(number)?.end("DEADLINE_EXCEEDED", `a ${shortName} response was not acknowledged in time`);
          },
        });

  const nodes = createNodeDeadline<ServedStream>({
    ms: limits.authenticationMs,
    now,
    overdue: (stream) => stream.end("DEADLINE_EXCEEDED", "no node was sent in time"),
  });

  function report(entry: StreamReport): void {
    deadline?.see(entry);
    home.report(entry);
  }

  function follow(stream: ServedStream, view: ViewId | undefined): void {
    const before = viewOf.get(stream);
    if (before !== undefined) {
      const known = byView.get(before);
      known?.delete(stream);
      if (known?.size === 0) byView.delete(before);
    }
    if (view === undefined) {
      viewOf.delete(stream);
      streams.delete(stream.number);
      wakes.remove(stream);
      heartbeats.set(stream, undefined);
      return;
    }
    viewOf.set(stream, view);
    const known = byView.get(view);
    if (known === undefined) byView.set(view, new Set([stream]));
    else known.add(stream);
  }

  const around: StreamSurroundings = {
    replica,
    home,
    limits,
    assembly: createAssembly(options.controlPlane),
    shared: createSharedNews(),
    requests: createRequestReader(),
    ttl: options.ttl,
    resourceErrors: options.resourceErrors,
    now,
    report,
    follow,
    awaitNode: nodes.add,
    nodeCame: nodes.remove,
    remind: heartbeats.set,
    touch: options.touch ?? (() => {}),
  };

  function serve(call: GrpcCall, kind: StreamKind, transport: Peer["transport"]): void {
    const { certificate, address } = call.connection;
    const peer = transport === "mtls" ? mutualPeer(certificate, address) : { transport, address };
    const nobody = { transport: "plaintext", address } as const;
    const stream = serveStream(call, kind, typeof peer === "string" ? nobody : peer, nextStream(), around);
    if (stopping) stream.end("UNAVAILABLE", "the server is stopping");
    else if (typeof peer === "string") stream.end("UNAUTHENTICATED", peer);
    else streams.set(stream.number, stream);
  }

  return {
    async bind(at, port) {
      const listener = listeners[at];
      if (listener === undefined) throw new RangeError(`there is no listener ${at}`);
      return listener.server.bind(listener.address, port, reusePort);
    },
    take(message) {
      const changed = [...replica.apply(message)].filter((view) => byView.has(view));
      for (const view of changed) {
        for (const stream of byView.get(view) ?? []) wakes.add(stream);
      }
      return changed;
    },
    connections: () => [...streams.values()].flatMap((stream) => stream.connection() ?? []),
    setCertificates(tls) {
      for (const { server } of listeners) server.setCertificates(tls);
    },
    async stop(graceMs) {
      stopping = true;
      deadline?.close();
      nodes.close();
      heartbeats.close();
      const down = listeners.map(({ server }) => server.stop(graceMs));
      for (const stream of [...streams.values()]) stream.end("UNAVAILABLE", "the server is stopping");
      await Promise.all(down);
    },
  };
}

/** An error text where the peer is not who it must be. */
function mutualPeer(certificate: Buffer | undefined, address: string): Peer | string {
  if (certificate === undefined) return "no verified client certificate";
  const identity = identityOfCertificate(certificate);
  return identity.ok ? { transport: "mtls", spiffe: identity.value, address } : identity.error;
}
