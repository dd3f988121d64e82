import { Server, ServerCredentials } from "@grpc/grpc-js";
import { isLoopback, parseIpAddress, printable } from "@portolan/model";
import { XdsError } from "../resource/error.ts";
import type { ViewId } from "../snapshot/ids.ts";
import { createSnapshotReplica } from "../snapshot/replica.ts";
import { createAssembly } from "./assembly.ts";
import { DEFAULT_XDS_LIMITS, type XdsLimits } from "./limits.ts";
import { MutualTlsCredentials } from "./mutual-tls.ts";
import { identityOfCertificate, type Peer } from "./peer.ts";
import { createRejectionMemory } from "./rejection-memory.ts";
import { publish, type XdsReport } from "./report.ts";
import { type ByteStream, discoveryServices, type StreamKind } from "./services.ts";
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
  // One gRPC server a listener, so that a stream's transport is known from where it came in.
  const bindings = options.listen.map((listener) => ({
    listener,
    credentials: credentialsOf(listener, limits),
    server: new Server(serverOptions(limits)),
  }));
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

  function report(entry: XdsReport): void {
    publish(entry);
    for (const listener of [...listeners]) {
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
    assign: options.assign,
    secrets: options.secrets,
    limits,
    assembly: createAssembly(options.controlPlane ?? "portolan"),
    rejections: createRejectionMemory(limits.maxRememberedNodes),
    now,
    report,
    follow,
    originsOf: (view, typeUrl, name) => store.resource(view, { typeUrl, name })?.origins ?? [],
  };

  function serve(call: ByteStream, kind: StreamKind, transport: Peer["transport"]): void {
    const address = printable(call.getPeer());
    const peer = transport === "mtls" ? mutualPeer(call, address) : { transport, address };
    const nobody = { transport: "plaintext", address } as const;
    const stream = serveStream(call, kind, typeof peer === "string" ? nobody : peer, nextStream++, around);
    if (stopped !== undefined) stream.end("UNAVAILABLE", "the server is stopping");
    else if (typeof peer === "string") stream.end("UNAUTHENTICATED", peer);
    else streams.add(stream);
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
    const down = bindings.map(({ server }) => new Promise<void>((resolve) => server.tryShutdown(() => resolve())));
    for (const [at, { address, port }] of addresses.entries()) {
      bindings[at]?.server.drain(`${hostOf(address)}:${port}`, graceMs);
    }
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
        for (const { listener, credentials, server } of bindings) {
          const transport = listener.tls === undefined ? "plaintext" : "mtls";
          const own = discoveryServices((call, kind) => serve(call, kind, transport));
          for (const { definition, implementation } of [...own, ...(options.services ?? [])]) {
            server.addService(definition, implementation);
          }
          const port = await bind(server, listener, credentials);
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
      for (const { credentials } of bindings) {
        if (credentials instanceof MutualTlsCredentials) credentials.replace(certificates);
      }
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

function credentialsOf({ address, tls, insecure }: XdsListener, limits: XdsLimits): ServerCredentials {
  if (tls !== undefined) return new MutualTlsCredentials(tls, limits.authenticationMs);
  const ip = parseIpAddress(address);
  if (insecure !== true && address !== "localhost" && !(ip.ok && isLoopback(ip.value))) {
    throw new XdsError(
      "insecure-address",
      `plaintext xDS on "${printable(address)}", which is not loopback: give it certificates, or say "insecure"`,
    );
  }
  return ServerCredentials.createInsecure();
}

function serverOptions(limits: XdsLimits) {
  return {
    "grpc.max_receive_message_length": limits.maxRequestBytes,
    "grpc.max_concurrent_streams": limits.maxStreams,
    "grpc.keepalive_time_ms": limits.keepaliveMs,
    "grpc.keepalive_timeout_ms": limits.keepaliveTimeoutMs,
    "grpc.max_connection_age_ms": limits.maxConnectionAgeMs,
    "grpc.max_connection_age_grace_ms": limits.maxConnectionAgeGraceMs,
    "grpc.enable_channelz": 0,
  };
}

function bind(server: Server, { address, port }: XdsListener, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${hostOf(address)}:${port}`, credentials, (cause, bound) => {
      if (cause === null) resolve(bound);
      else {
        const message = `cannot listen on ${printable(address)}:${port}: ${printable(cause.message)}`;
        reject(new XdsError("listen-failed", message, { cause }));
      }
    });
  });
}

function hostOf(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

/** An error text where the peer is not who it must be. */
function mutualPeer(call: ByteStream, address: string): Peer | string {
  const { sslPeerCertificate } = call.getAuthContext();
  if (sslPeerCertificate === undefined) return "no verified client certificate";
  const identity = identityOfCertificate(sslPeerCertificate.raw);
  return identity.ok ? { transport: "mtls", spiffe: identity.value, address } : identity.error;
}
