import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRoutingModel, type IpAddress, type MeshSnapshot, type RoutingModel } from "@portolan/model";
import { api, createRegistry, files, type Registry, type SourceFactory } from "@portolan/registry";
import { formatListenAddress, type ListenAddress } from "../listen-address.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { startAdmin } from "./admin.ts";
import { type AppliedOptions, type AppliedResult, behind, waitApplied } from "./applied.ts";
import { startDns } from "./dns.ts";
import type { ControlPlaneOptions } from "./options.ts";
import { adminSocketPath } from "./socket-path.ts";
import { whenOpened } from "./when-opened.ts";
import { startXds } from "./xds.ts";
import type { XdsPart } from "./xds-part.ts";

/** A control plane that runs in this process. */
export interface ControlPlane extends AsyncDisposable {
  /** Sources, problems and writes. */
  readonly registry: Registry;
  /** The newest. */
  readonly snapshot: MeshSnapshot;
  /** `IP:PORT` of each server that runs. */
  readonly listening: Listening;
  /** Path of the Unix socket of the admin API. */
  readonly adminSocket: string;
  /** Where names and SNIs lead in the newest snapshot. */
  routing(): RoutingModel;
  /** Answers when every connected proxy has acknowledged the newest revision, or the time (30 s) is over. */
  applied(options?: AppliedOptions): Promise<AppliedResult>;
  /**
   * Reads the certificate authority's files again; what is issued from now on, the server's own certificate first, is by what they hold.
   *
   * @throws IdentityError; the former authority stays
   */
  reloadCertificates(): Promise<void>;
  /** Drains connections for up to 5 s and closes everything; once is enough. */
  stop(): Promise<void>;
}

/** `IP:PORT` of the servers of a control plane; absent where one is off. */
export interface Listening {
  readonly xds?: string;
  readonly xdsPlaintext?: string;
  readonly dns?: string;
  /** All addresses of the DNS server, where there are several. */
  readonly dnsAddresses?: readonly string[];
  readonly admin?: string;
}

const loopback = { address: "127.0.0.1" as IpAddress, port: 0 };

/**
 * Wires sources, registry, xDS, DNS, the certificate authority and the admin API, and starts them. Where one of them cannot
 * start, nothing is left open.
 *
 * @throws SdkError, and the errors of the packages: `docs/errors.md` lists them
 */
export async function createControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const parts = new AsyncDisposableStack();
  try {
    return options.listen === "nowhere" ? await read(options, parts) : await serve(options, parts);
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  }
}

/** The registry alone. */
async function read(options: ControlPlaneOptions, parts: AsyncDisposableStack): Promise<ControlPlane> {
  const registry = registryOf(options, { sources: [] });
  parts.defer(() => registry.stop());
  await registry.start();
  const applied = async () => ({ applied: true, revision: registry.snapshot.revision, waiting: [] });
  return controlPlaneOf({
    registry,
    listening: {},
    adminSocket: "",
    applied,
    reloadCertificates: async () => {},
    parts,
  });
}

async function serve(options: ControlPlaneOptions, parts: AsyncDisposableStack): Promise<ControlPlane> {
  const data = options.data ?? (await temporaryData(parts));
  const adminSocket = adminSocketPath(data);
  let xds: XdsPart | undefined;
  let admin: ListenAddress | undefined;
  // Not before the data folder is ours: the socket of another server on it would be lost.
  const opened = whenOpened(async () => {
    const server = await startAdmin({
      data,
      listen: "admin" in options ? options.admin : loopback,
      registry,
      metrics,
      xds: () => xds,
    });
    parts.use(server);
    admin = server.address;
  });
  const registry = registryOf(options, {
    data,
    sources: [opened],
    acknowledged: (revision) => xds !== undefined && behind(xds.connections(), revision).length === 0,
  });
  parts.defer(() => registry.stop());
  const metrics = parts.use(createMetrics(registry));
  await registry.start();
  const started = await startXds({
    registry,
    authority: join(data, "ca"),
    listen: options.xds ?? loopback,
    plaintext: options.xdsPlaintext,
    workers: options.workers ?? 0,
    limits: options.xdsLimits ?? {},
    advertise: options.advertise ?? [],
    workloadCertTtlMs: options.workloadCertTtlMs,
    debounceMs: options.debounceMs,
  });
  parts.use(started);
  metrics.followXds(started);
  const dns = await startDns(registry, {
    listen: "dns" in options ? [options.dns ?? []].flat() : [loopback],
    upstreams: options.dnsUpstreams ?? [],
    workers: options.dnsWorkers ?? 0,
  });
  if (dns !== undefined) {
    parts.use(dns);
    metrics.followDns(dns.server, formatListenAddress(dns.addresses[0]));
  }
  xds = started;
  parts.defer(() => {
    xds = undefined;
  });
  const listening = {
    ...named("xds", started.address),
    ...named("xdsPlaintext", started.plaintext),
    ...named("dns", dns?.addresses[0]),
    ...(dns === undefined || dns.addresses.length === 1
      ? {}
      : { dnsAddresses: dns.addresses.map(formatListenAddress) }),
    ...named("admin", admin),
  };
  const applied = (wanted?: AppliedOptions) => waitApplied(registry, started, wanted);
  const { reloadCertificates } = started;
  return controlPlaneOf({ registry, listening, adminSocket, applied, reloadCertificates, parts });
}

function registryOf(
  options: ControlPlaneOptions,
  more: {
    readonly data?: string;
    readonly sources: readonly SourceFactory[];
    readonly acknowledged?: (revision: number) => boolean;
  },
): Registry {
  // Writes are answered when they are published, so they wait for less than pushes do.
  const writeMs = Math.min(options.debounceMs ?? 10, 100) / 2;
  return createRegistry({
    sources: [files(...(options.config ?? [])), api(), ...more.sources],
    ...(more.data === undefined ? {} : { data: more.data }),
    ...(more.acknowledged === undefined ? {} : { vips: { acknowledged: more.acknowledged } }),
    ...(options.strict === undefined ? {} : { strict: options.strict }),
    debounce: { windowMs: writeMs, maxMs: writeMs },
    ...(options.mode === undefined ? {} : { settings: { mode: options.mode } }),
  });
}

function controlPlaneOf(
  given: Pick<ControlPlane, "registry" | "listening" | "adminSocket" | "applied" | "reloadCertificates"> & {
    readonly parts: AsyncDisposableStack;
  },
): ControlPlane {
  const { registry, listening, adminSocket, applied, reloadCertificates, parts } = given;
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= parts.disposeAsync();
    return stopping;
  };
  return {
    registry,
    get snapshot() {
      return registry.snapshot;
    },
    listening,
    adminSocket,
    routing: () => createRoutingModel(registry.snapshot),
    applied,
    reloadCertificates,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function named<Name extends string>(name: Name, listen: ListenAddress | undefined) {
  return listen === undefined ? {} : ({ [name]: formatListenAddress(listen) } as Record<Name, string>);
}

async function temporaryData(parts: AsyncDisposableStack): Promise<string> {
  const data = await mkdtemp(join(tmpdir(), "portolan-"));
  parts.defer(() => rm(data, { recursive: true, force: true }));
  return data;
}
