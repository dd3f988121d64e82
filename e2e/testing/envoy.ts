import { join } from "node:path";
import { type EnvoyProcess, launchEnvoy } from "@portolan/agent";
import { findEnvoy } from "../../scripts/envoy.ts";
import type { Server } from "./server.ts";
import { until } from "./until.ts";

export interface ProxyOptions {
  readonly role: "sidecar" | "gateway";
  readonly name: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly address: string;
  readonly network?: string;
  readonly labels?: string;
  /** As `--inbound-ports`; default none. */
  readonly inboundPorts?: string;
  /** `HOST:PORT`; default the server's own. */
  readonly controlPlane?: string;
}

export interface RunningEnvoy extends AsyncDisposable {
  readonly name: string;
  readonly envoy: EnvoyProcess;
  stats(): Promise<ReadonlyMap<string, number>>;
}

/** Issues a certificate and writes a bootstrap with the CLI, and starts an Envoy with them. */
export async function startProxy(server: Server, folder: string, options: ProxyOptions): Promise<RunningEnvoy> {
  const { role, name, namespace, serviceAccount, address, network, labels, inboundPorts = "" } = options;
  const own = join(folder, name);
  const certs = join(own, "certs");
  const account = ["--service-account", serviceAccount, "-n", namespace];
  await server.output(["ca", "issue", ...account, "-o", certs]);
  const file = join(own, "bootstrap.json");
  await server.output([
    ...["bootstrap", role, "--name", name, ...account, "--ip", address, "--inbound-ports", inboundPorts],
    ...(network === undefined ? [] : ["--network", network]),
    ...(labels === undefined ? [] : ["--labels", labels]),
    ...["--control-plane", options.controlPlane ?? server.ports.xds, "--certs", certs, "--admin-port", "0", "-o", file],
  ]);
  const logFile = join(own, "envoy.log");
  const envoy = await launchEnvoy({ binary: await findEnvoy(), bootstrapFile: file, logFile });
  await envoy.ready;
  return {
    name,
    envoy,
    stats: async () => parseStats((await envoy.admin("/stats")).body),
    [Symbol.asyncDispose]: () => envoy[Symbol.asyncDispose](),
  };
}

/** A proxy as `/api/v1/proxies` shows it. */
export interface ListedProxy {
  readonly name: string;
  readonly namespace: string;
  readonly synced: boolean;
  readonly types: Readonly<Record<string, string | undefined>>;
  readonly rejections: readonly string[];
  readonly remarks: readonly string[];
}

export async function listedProxies(server: Server): Promise<readonly ListedProxy[]> {
  return (await server.json<{ proxies: ListedProxy[] }>("/api/v1/proxies")).proxies;
}

/** Waits until each of them has acknowledged everything that it was sent. */
export async function allSynced(server: Server, proxies: readonly RunningEnvoy[]): Promise<void> {
  for (const { name } of proxies) {
    await until(`${name} is in sync`, async () =>
      (await listedProxies(server)).some((proxy) => proxy.name === name && proxy.synced),
    );
  }
}

function parseStats(text: string): ReadonlyMap<string, number> {
  const stats = new Map<string, number>();
  for (const line of text.split("\n")) {
    const match = /^(.*): (\d+)$/.exec(line);
    if (match?.[1] !== undefined) stats.set(match[1], Number(match[2]));
  }
  return stats;
}
