import type { SecureContextOptions } from "node:tls";
import { isLoopback, parseIpAddress, printable } from "@portolan/model";
import { XdsError } from "../resource/error.ts";
import { tell } from "./attempt.ts";
import { checkOptions, limitsOf } from "./check-options.ts";
import { furtherMethods } from "./further-services.ts";
import { secureContextOf } from "./mutual-tls.ts";
import { publish, type XdsReport } from "./report.ts";
import { createStreamHome, type StreamReport } from "./stream-home.ts";
import { createStreamServer, type ThreadOptions } from "./stream-server.ts";
import { startWorkers, type Workers } from "./threads/workers.ts";
import type { BoundAddress, XdsListener, XdsServer, XdsServerOptions } from "./xds-server.ts";

const DEFAULT_GRACE_MS = 5_000;
const MAX_WORKERS = 64;
/** Systems on which several sockets can have one port, each getting a share of its connections (`net`, option `reusePort`). */
const SHARED_PORTS: readonly string[] = ["linux", "freebsd", "sunos", "aix"];

/**
 * Serves a store over gRPC: the aggregated service and one for each type, state of the world and incremental.
 *
 * @throws XdsError `insecure-address`, `bad-certificate`, `bad-option`
 */
export function createXdsServer(options: XdsServerOptions): XdsServer {
  checkOptions(options);
  const limits = limitsOf(options.limits);
  const { store, now = () => performance.now() } = options;
  const further = furtherMethods(options.services ?? [], limits.maxRequestBytes);
  let listen = options.listen.map((listener) => ({ ...listener, tls: secureContext(listener) }));
  const count = workersOf(options);
  let listeners: readonly ((report: XdsReport) => void)[] = [];
  const followers = new Set<() => void>();
  let addresses: readonly BoundAddress[] = [];
  let started: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;
  let serving: Workers | undefined;

  function report(entry: XdsReport): void {
    publish(entry);
    const told = listeners;
    // Without an iterator: there may be thousands of reports at a time.
    for (let at = 0; at < told.length; at++) tell(told[at] as (report: XdsReport) => void, entry, failed);
  }

  function failed(cause: unknown, entry: XdsReport): void {
    if (entry.kind !== "fault") report({ kind: "fault", where: "listener", cause });
  }

  const home = createStreamHome({
    assign: options.assign,
    secrets: options.secrets,
    limits,
    now,
    report: (entry) => report(entry.kind === "fault" ? entry : completed(entry, store)),
  });

  const thread = (): ThreadOptions => ({
    listen,
    limits,
    controlPlane: options.controlPlane ?? "portolan",
    ttl: options.ttl ?? "announced",
    resourceErrors: options.resourceErrors ?? [],
  });

  /** The streams in this thread. */
  function startHere(): Workers {
    let nextStream = 1;
    const streams = createStreamServer({
      ...thread(),
      now,
      home,
      further: (path) => further.get(path),
      nextStream: () => nextStream++,
    });
    const unsubscribe = store.subscribe((message) => void streams.take(message));
    return {
      ...streams,
      stop(graceMs) {
        unsubscribe();
        return streams.stop(graceMs);
      },
    };
  }

  function startThreads(): Workers {
    const fault = (cause: unknown) => report({ kind: "fault", where: "worker", cause });
    const changed = () => {
      for (const follower of followers) follower();
    };
    return startWorkers({ ...thread(), count, now, store, home, further, fault, changed });
  }

  async function listenAll(): Promise<void> {
    const workers = count === 0 ? startHere() : startThreads();
    serving = workers;
    try {
      for (const [at, listener] of listen.entries()) {
        const { address, tls } = listener;
        const port = await workers.bind(at, listener.port).catch((cause: unknown) => {
          throw listenFailure(at, listener, cause);
        });
        addresses = [...addresses, { address, port, transport: tls === undefined ? "plaintext" : "mtls" }];
      }
    } catch (cause) {
      addresses = [];
      serving = undefined;
      await workers.stop(0);
      // A port that was taken may be free later.
      started = undefined;
      throw cause;
    }
  }

  /** A start that is under way is waited for, so that no listener opens behind it. */
  async function stopAll(graceMs: number): Promise<void> {
    await started?.catch(() => {});
    await serving?.stop(graceMs);
  }

  return {
    get addresses() {
      return addresses;
    },
    start() {
      if (stopped !== undefined) {
        const message = "an xDS server that was stopped does not start again: create another one";
        return Promise.reject(new XdsError("listen-failed", message));
      }
      started ??= listenAll();
      return started;
    },
    connections: () => serving?.connections() ?? [],
    onReport(listener) {
      listeners = [...listeners.filter((other) => other !== listener), listener];
      return () => {
        listeners = listeners.filter((other) => other !== listener);
      };
    },
    onStatus(listener) {
      followers.add(listener);
      return () => followers.delete(listener);
    },
    setCertificates(certificates) {
      const tls = secureContextOf(certificates);
      listen = listen.map((listener) => (listener.tls === undefined ? listener : { ...listener, tls }));
      serving?.setCertificates(tls);
    },
    stop(graceMs = DEFAULT_GRACE_MS) {
      stopped ??= stopAll(graceMs);
      return stopped;
    },
    [Symbol.asyncDispose]() {
      return this.stop();
    },
  };
}

/** With what a thread does not know: which objects resources were made from. */
function completed(report: StreamReport, store: XdsServerOptions["store"]): XdsReport {
  if (report.kind === "stream-opened") {
    const { stream, nodeId, peer, dialect, view } = report.connection;
    return { kind: "stream-opened", view, stream, nodeId, peer, dialect };
  }
  if (report.kind !== "nack") return report;
  const { view, ...rest } = report;
  const { typeUrl } = report;
  const origins = (name: string) => store.resource(view, { typeUrl, name })?.origins ?? [];
  return { ...rest, resources: report.resources.map((each) => ({ ...each, origins: origins(each.name) })) };
}

function workersOf({ workers = 0 }: XdsServerOptions): number {
  if (!Number.isInteger(workers) || workers < 0 || workers > MAX_WORKERS) {
    throw new XdsError("bad-option", `workers is a whole number from 0 to ${MAX_WORKERS}`);
  }
  return SHARED_PORTS.includes(process.platform) ? workers : 0;
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

function listenFailure(
  listener: number,
  { address, port }: Pick<XdsListener, "address" | "port">,
  cause: unknown,
): XdsError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `cannot listen on ${printable(address)}:${port}: ${printable(reason)}`;
  return new XdsError("listen-failed", message, { cause, listener });
}
