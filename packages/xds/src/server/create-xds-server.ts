import type { SecureContextOptions } from "node:tls";
import { isLoopback, parseIpAddress, printable } from "@portolan/model";
import { XdsError } from "../resource/error.ts";
import { resourceType } from "../resource/resource-type.ts";
import { createSharedNews } from "../session/shared-news.ts";
import type { ViewId } from "../snapshot/ids.ts";
import { createSnapshotReplica } from "../snapshot/replica.ts";
import { createAckDeadline } from "./ack-deadline.ts";
import { admitInTurn } from "./admission.ts";
import { createAssembly } from "./assembly.ts";
import type { GrpcCall } from "./http2/grpc-call.ts";
import { createGrpcListener } from "./http2/grpc-listener.ts";
import { DEFAULT_XDS_LIMITS, type XdsLimits } from "./limits.ts";
import { secureContextOf } from "./mutual-tls.ts";
import { createNameLists } from "./name-lists.ts";
import { identityOfCertificate, type Peer } from "./peer.ts";
import { createRejectionMemory } from "./rejection-memory.ts";
import { publish, type XdsReport } from "./report.ts";
import { DISCOVERY_METHODS, furtherMethods, type StreamKind } from "./services.ts";
import { type ServedStream, type StreamSurroundings, serveStream } from "./stream.ts";
import { createWakeLoop } from "./wake-loop.ts";
import type { BoundAddress, XdsListener, XdsServer, XdsServerOptions } from "./xds-server.ts";

const DEFAULT_GRACE_MS = 5_000;

/**
 * Serves a store over gRPC: the aggregated service and one for each type, state of the world and incremental.
 *
 * @throws XdsError `insecure-address`, `bad-certificate`
 */
export function createXdsServer(options: XdsServerOptions): XdsServer {
  const limits: XdsLimits = { ...DEFAULT_XDS_LIMITS, ...options.limits };
  const { store, now = () => performance.now() } = options;
  const further = furtherMethods(options.services ?? [], limits.maxRequestBytes);
  const bindings = options.listen.map((listener) => {
    const tls = secureContext(listener);
    const transport = tls === undefined ? "plaintext" : "mtls";
    const route = (path: string) => {
      const kind = DISCOVERY_METHODS.get(path);
      return kind === undefined ? further.get(path) : (call: GrpcCall) => serve(call, kind, transport);
    };
    return { listener, transport, server: createGrpcListener({ tls, limits, route }) } as const;
  });
  const replica = createSnapshotReplica();
  const streams = new Set<ServedStream>();
  const byView = new Map<ViewId, Set<ServedStream>>();
  const viewOf = new Map<ServedStream, ViewId>();
  const wakes = createWakeLoop();
  const listeners = new Set<(report: XdsReport) => void>();
  let addresses: readonly BoundAddress[] = [];
  let nextStream = 1;
  let unsubscribe = () => {};
  let stopped: Promise<void> | undefined;

  const byNumber = new Map<number, ServedStream>();
  const numbers = new WeakMap<ServedStream, number>();
  const deadline =
    limits.acknowledgementMs === Number.POSITIVE_INFINITY
      ? undefined
      : createAckDeadline({
          ms: limits.acknowledgementMs,
          now,
          overdue: (number, typeUrl) => {
            const { shortName } = resourceType(typeUrl);
            byNumber.get(number)?.end("DEADLINE_EXCEEDED", `a ${shortName} response was not acknowledged in time`);
          },
        });

  function report(entry: XdsReport): void {
    deadline?.see(entry);
    publish(entry);
    for (const listener of listeners) {
      try {
        listener(entry);
      } catch (cause) {
        if (entry.kind !== "fault") report({ kind: "fault", where: "listener", cause });
      }
    }
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
      byNumber.delete(numbers.get(stream) ?? 0);
      streams.delete(stream);
      wakes.remove(stream);
      return;
    }
    viewOf.set(stream, view);
    const known = byView.get(view);
    if (known === undefined) byView.set(view, new Set([stream]));
    else known.add(stream);
  }

  const around: StreamSurroundings = {
    replica,
    assign: admitInTurn(options.assign, { maxPending: limits.maxPendingAssignments, now }),
    secrets: options.secrets,
    limits,
    assembly: createAssembly(options.controlPlane ?? "portolan"),
    shared: createSharedNews(),
    lists: createNameLists(),
    rejections: createRejectionMemory(limits.maxRememberedNodes),
    now,
    report,
    follow,
    originsOf: (view, typeUrl, name) => store.resource(view, { typeUrl, name })?.origins ?? [],
  };

  function serve(call: GrpcCall, kind: StreamKind, transport: Peer["transport"]): void {
    const { certificate, address } = call.connection;
    const peer = transport === "mtls" ? mutualPeer(certificate, address) : { transport, address };
    const nobody = { transport: "plaintext", address } as const;
    const number = nextStream++;
    const stream = serveStream(call, kind, typeof peer === "string" ? nobody : peer, number, around);
    if (stopped !== undefined) stream.end("UNAVAILABLE", "the server is stopping");
    else if (typeof peer === "string") stream.end("UNAUTHENTICATED", peer);
    else {
      streams.add(stream);
      numbers.set(stream, number);
      byNumber.set(number, stream);
    }
  }

  function follower(): () => void {
    return store.subscribe((message) => {
      for (const view of replica.apply(message)) {
        for (const stream of byView.get(view) ?? []) wakes.add(stream);
      }
    });
  }

  async function stop(graceMs: number): Promise<void> {
    unsubscribe();
    deadline?.close();
    const down = bindings.map(({ server }) => server.stop(graceMs));
    for (const stream of [...streams]) stream.end("UNAVAILABLE", "the server is stopping");
    await Promise.all(down);
  }

  return {
    get addresses() {
      return addresses;
    },
    async start() {
      unsubscribe = follower();
      try {
        for (const { listener, transport, server } of bindings) {
          const port = await server.bind(listener.address, listener.port).catch((cause: unknown) => {
            throw listenFailure(listener, cause);
          });
          addresses = [...addresses, { address: listener.address, port, transport }];
        }
      } catch (cause) {
        stopped = stop(0);
        await stopped;
        throw cause;
      }
    },
    connections: () => [...streams].flatMap((stream) => stream.connection() ?? []),
    onReport(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    setCertificates(certificates) {
      const next = secureContextOf(certificates);
      for (const { server } of bindings) server.setCertificates(next);
    },
    stop(graceMs = DEFAULT_GRACE_MS) {
      stopped ??= stop(graceMs);
      return stopped;
    },
    [Symbol.asyncDispose]() {
      return this.stop();
    },
  };
}

function secureContext({ address, tls, insecure }: XdsListener): SecureContextOptions | undefined {
  if (tls !== undefined) return secureContextOf(tls);
  const ip = parseIpAddress(address);
  if (insecure !== true && address !== "localhost" && !(ip.ok && isLoopback(ip.value))) {
    throw new XdsError(
      "insecure-address",
      `plaintext xDS on "${printable(address)}", which is not loopback: give it certificates, or say "insecure"`,
    );
  }
  return undefined;
}

function listenFailure({ address, port }: XdsListener, cause: unknown): XdsError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `cannot listen on ${printable(address)}:${port}: ${printable(reason)}`;
  return new XdsError("listen-failed", message, { cause });
}

/** An error text where the peer is not who it must be. */
function mutualPeer(certificate: Buffer | undefined, address: string): Peer | string {
  if (certificate === undefined) return "no verified client certificate";
  const identity = identityOfCertificate(certificate);
  return identity.ok ? { transport: "mtls", spiffe: identity.value, address } : identity.error;
}
