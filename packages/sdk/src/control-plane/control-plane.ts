import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { createRoutingModel, type IpAddress, type MeshSnapshot, type RoutingModel } from "@portolan/model";
import { api, createRegistry, files, type Registry } from "@portolan/registry";
import { addAnswerRoutes } from "../admin/routes/answers.ts";
import { addHealthRoutes } from "../admin/routes/health.ts";
import { addObjectRoutes } from "../admin/routes/objects.ts";
import { addProxyRoutes } from "../admin/routes/proxies.ts";
import { startAdminServer } from "../admin/server.ts";
import { loadAdminToken } from "../admin/token.ts";
import { SdkError } from "../error.ts";
import { formatListenAddress, type ListenAddress } from "../listen-address.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { type AppliedOptions, type AppliedResult, waitApplied } from "./applied.ts";
import { startDns } from "./dns.ts";
import type { ControlPlaneOptions } from "./options.ts";
import { startXds, type XdsPart } from "./xds.ts";

/** A control plane that runs in this process. */
export interface ControlPlane extends AsyncDisposable {
  readonly registry: Registry;
  readonly snapshot: MeshSnapshot;
  /** `IP:PORT` of each server that runs. */
  readonly listening: Listening;
  /** Path of the Unix socket of the admin API. */
  readonly adminSocket: string;
  /** Where names and SNIs lead in the newest snapshot. */
  routing(): RoutingModel;
  /** Answers when every connected proxy has acknowledged the newest revision, or the time (30 s) is over. */
  applied(options?: AppliedOptions): Promise<AppliedResult>;
  stop(): Promise<void>;
}

export interface Listening {
  readonly xds?: string;
  readonly xdsPlaintext?: string;
  readonly dns?: string;
  readonly admin?: string;
}

const loopback = { address: "127.0.0.1" as IpAddress, port: 0 };

/**
 * Wires sources, registry, xDS, DNS, the certificate authority and the admin API, and starts them.
 *
 * @throws SdkError, and the errors of the packages: `docs/errors.md` lists them
 */
export async function createControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const parts = new AsyncDisposableStack();
  try {
    return await assemble(options, parts);
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  }
}

async function assemble(options: ControlPlaneOptions, parts: AsyncDisposableStack): Promise<ControlPlane> {
  const data = options.data ?? (await temporaryData(parts));
  const nowhere = options.listen === "nowhere";
  const registry = createRegistry({
    sources: [files(...(options.config ?? [])), api()],
    ...(nowhere ? {} : { data }),
    ...(options.strict === undefined ? {} : { strict: options.strict }),
    ...(options.debounceMs === undefined ? {} : { debounce: { windowMs: options.debounceMs } }),
    ...(options.mode === undefined ? {} : { settings: { mode: options.mode } }),
  });
  parts.defer(() => registry.stop());
  await registry.start();
  const running = nowhere ? undefined : await startServers(options, data, registry, parts);
  const stop = () => parts.disposeAsync();
  return {
    registry,
    get snapshot() {
      return registry.snapshot;
    },
    listening: running?.listening ?? {},
    adminSocket: running?.adminSocket ?? "",
    routing: () => createRoutingModel(registry.snapshot),
    applied: (wanted) =>
      running === undefined
        ? Promise.resolve({ applied: true, revision: registry.snapshot.revision, waiting: [] })
        : waitApplied(running.xds, wanted?.revision ?? registry.snapshot.revision, wanted),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

interface Running {
  readonly listening: Listening;
  readonly adminSocket: string;
  readonly xds: XdsPart;
}

async function startServers(
  options: ControlPlaneOptions,
  data: string,
  registry: Registry,
  parts: AsyncDisposableStack,
): Promise<Running> {
  const metrics = parts.use(createMetrics(registry));
  const xds = parts.use(
    await startXds({
      registry,
      authority: join(data, "ca"),
      listen: options.xds ?? loopback,
      plaintext: options.xdsPlaintext,
      advertise: options.advertise ?? [],
    }),
  );
  const dns = await startDns(registry, "dns" in options ? options.dns : loopback, options.dnsUpstreams ?? []);
  if (dns !== undefined) parts.use(dns);
  const adminSocket = socketPath(data);
  const admin = parts.use(
    await startAdminServer({
      listen: "admin" in options ? options.admin : loopback,
      socket: adminSocket,
      token: await loadAdminToken(data),
      addRoutes: (server) => {
        addHealthRoutes(server, registry, metrics);
        addObjectRoutes(server, registry);
        addAnswerRoutes(server, () => registry.snapshot);
        addProxyRoutes(server, xds);
      },
    }),
  );
  return {
    xds,
    adminSocket,
    listening: {
      ...named("xds", xds.address),
      ...named("xdsPlaintext", xds.plaintext),
      ...named("dns", dns?.address),
      ...named("admin", admin.address),
    },
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

/** A Unix socket's path holds 107 bytes at most (unix(7)): a longer one is given relative to the working directory, if that helps. */
function socketPath(data: string): string {
  const path = resolve(data, "admin.sock");
  if (Buffer.byteLength(path) <= 107) return path;
  const short = relative(process.cwd(), path);
  if (Buffer.byteLength(short) <= 107) return short;
  throw new SdkError("usage", `--data ${data}: the path is too long for a Unix socket (107 bytes with /admin.sock)`);
}
