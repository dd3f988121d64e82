import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findEnvoy } from "@portolan/agent";
import { SdkError } from "../error.ts";
import { serveApplication } from "./application.ts";
import { type CallResult, call, callTimes } from "./call.ts";
import { runChild, startChild } from "./child.ts";
import { expandPlan, expandText, type Ground } from "./expand.ts";
import { createNameMemory } from "./name-memory.ts";
import { canIsolate, createNetworkNamespace, type NetworkNamespace } from "./network-namespace.ts";
import type { DemoPlan, PlannedApplication } from "./plan.ts";
import { type RunningProxy, startProxy } from "./proxy-process.ts";
import { type Reached, reach } from "./reach.ts";
import { createServerProcess, type ServerProcess } from "./server-process.ts";
import type { Stage } from "./stage.ts";
import { parseStats } from "./stats.ts";
import { writeMesh } from "./write-mesh.ts";

/** What a demonstration is made of. */
export interface StageOptions {
  readonly plan: DemoPlan;
  readonly mesh: ReadonlyMap<string, string>;
  /** The command line that starts this program. */
  readonly self: readonly string[];
  readonly progress: (text: string) => void;
  /** Default: isolated where it can be. */
  readonly ground?: Ground;
  /** Further flags of `serve`. */
  readonly serverFlags?: readonly string[];
  /** Aborted: what was started so far is ended, and `createStage` rejects. */
  readonly signal?: AbortSignal;
}

/** Starts the server, the machine's network, the applications and the Envoys of a plan, and waits until all are connected. */
export async function createStage(options: StageOptions): Promise<Stage> {
  const { self, progress } = options;
  const binary = await findEnvoy({ env: process.env, onProgress: progress });
  const ground = options.ground ?? (options.plan.machine !== undefined && canIsolate() ? "isolated" : "loopback");
  if (ground === "loopback" && options.plan.machine !== undefined) {
    progress("the machine shares this host's loopback addresses: a network namespace of its own needs Linux and root");
  }
  const plan = expandPlan(options.plan, ground);
  const directory = await mkdtemp(join(tmpdir(), "portolan-demo-"));
  const scene = new AsyncDisposableStack();
  // With the logs in it, where something failed.
  let keep = false;
  scene.defer(async () => {
    if (!keep) await rm(directory, { recursive: true, force: true });
  });
  try {
    const mesh = join(directory, "mesh");
    await writeMesh(
      mesh,
      [...options.mesh].map(([name, text]) => [name, expandText(text, options.plan, ground)] as const),
    );
    const machine =
      ground === "isolated" && plan.machine !== undefined
        ? scene.use(await createNetworkNamespace(plan.machine.address, plan.machine.gateway))
        : undefined;
    progress("starting the control plane");
    const server = scene.use(createServerProcess({ self, mesh, directory, flags: options.serverFlags ?? [] }));
    await server.start();
    await writeHosts(server, plan, machine);
    progress(`starting ${plan.applications.length} applications`);
    for (const app of plan.applications) scene.use(await startApplication(app, machine, self, directory));
    refuseAborted(options.signal);
    progress(`starting ${plan.proxies.length} Envoys`);
    const proxies = new Map<string, RunningProxy>();
    for (const planned of plan.proxies) {
      const proxy = await startProxy({ planned, plan, server, binary, directory, machine });
      proxies.set(planned.name, scene.use(proxy));
      refuseAborted(options.signal);
    }
    const keepDirectory = () => {
      keep = true;
    };
    const stage = createStageOf({ plan, ground, directory, server, machine, proxies, self, scene, keepDirectory });
    await allConnected(stage, progress, options.signal);
    return stage;
  } catch (error) {
    const kept = scene.move();
    await kept.disposeAsync();
    throw error;
  }
}

interface Parts {
  readonly plan: DemoPlan;
  readonly ground: Ground;
  readonly directory: string;
  readonly server: ServerProcess;
  readonly machine: NetworkNamespace | undefined;
  readonly proxies: ReadonlyMap<string, RunningProxy>;
  readonly self: readonly string[];
  readonly scene: AsyncDisposableStack;
  readonly keepDirectory: () => void;
}

function createStageOf(parts: Parts): Stage {
  const { plan, server, machine, proxies, self } = parts;
  const proxyNamed = (name: string): RunningProxy => {
    const proxy = proxies.get(name);
    if (proxy === undefined) throw new SdkError("usage", `the plan has no proxy "${name}"`);
    return proxy;
  };
  /** Runs one of this program's hidden commands in the machine's network. */
  const onMachine = async <Answer>(words: readonly string[]): Promise<Answer> => {
    const { code, out, err } = await runChild(machine?.inside([...self, ...words]) ?? []);
    if (code !== 0) throw new SdkError("failed", `on the machine: ${err.trim() || `exit code ${code}`}`);
    return JSON.parse(out) as Answer;
  };
  const admin = async (name: string, path: string) => (await proxyNamed(name).envoy.admin(path)).body;
  const resolve = createNameMemory(() => server.ports().dns ?? "");
  const calls = (from: string, url: string, count: number): Promise<readonly CallResult[]> =>
    isolated(from) ? onMachine(["demo-call", url, "--count", String(count)]) : callTimes({ url, resolve }, count);
  const isolated = (from: string) => machine !== undefined && proxyNamed(from).planned.machine;

  return {
    plan,
    ground: parts.ground,
    directory: parts.directory,
    keepDirectory: parts.keepDirectory,
    client: server.client,
    ports: server.ports,
    killServer: server.kill,
    startServer: server.start,
    connectedProxies: async () => {
      const { proxies: connected } = await server.client.get<{ proxies: { name: string; synced: boolean }[] }>(
        "/api/v1/proxies",
      );
      return connected.filter((proxy) => proxy.synced).map((proxy) => proxy.name);
    },
    calls,
    call: async (from, url) => (await calls(from, url, 1))[0] ?? { failure: "no call was made", address: "" },
    callDirectly: (url, host) => call({ url, host }),
    curl: (from, url, address) => {
      const { hostname, port } = new URL(url);
      return isolated(from)
        ? `ip netns exec ${machine?.name} curl -si ${url}`
        : `curl -si --resolve ${hostname}:${port}:${address} ${url}`;
    },
    reach: (from, targets) =>
      isolated(from)
        ? onMachine<Reached[]>(["demo-reach", ...targets])
        : Promise.all(targets.map((target) => reach(target))),
    admin,
    stats: async (name) => parseStats(await admin(name, "/stats")),

    portolan: (words) => runChild([...self, ...words, "--data", server.data]),
    [Symbol.asyncDispose]: () => parts.scene.disposeAsync(),
  };
}

/** The machine finds the mesh's names in its hosts file: those that its namespace sees. */
async function writeHosts(server: ServerProcess, plan: DemoPlan, machine: NetworkNamespace | undefined): Promise<void> {
  const resident = plan.proxies.find((proxy) => proxy.machine);
  if (machine === undefined || resident === undefined) return;
  const lines = await server.client.getText(`/api/v1/hosts?namespace=${resident.namespace}`);
  await machine.setHosts(`127.0.0.1 localhost\n${lines}`);
}

async function startApplication(
  app: PlannedApplication,
  machine: NetworkNamespace | undefined,
  self: readonly string[],
  directory: string,
): Promise<AsyncDisposable> {
  if (machine === undefined || !app.machine) return serveApplication(app);
  const words = ["--name", app.name, "--address", app.address, "--port", String(app.port), "--page", app.page];
  return startChild(machine.inside([...self, "demo-application", ...words]), join(directory, `${app.name}.log`));
}

function refuseAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new SdkError("failed", `ended by ${String(signal.reason)}`);
}

async function allConnected(
  stage: Stage,
  progress: (text: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const wanted = stage.plan.proxies.map((proxy) => proxy.name);
  const deadline = performance.now() + 60_000;
  for (;;) {
    const connected = await stage.connectedProxies();
    const missing = wanted.filter((name) => !connected.includes(name));
    if (missing.length === 0) return progress(`${wanted.length} Envoys are connected and in sync`);
    refuseAborted(signal);
    if (performance.now() > deadline) {
      stage.keepDirectory();
      throw new SdkError(
        "failed",
        `these proxies did not connect: ${missing.join(", ")}; their logs are in ${stage.directory}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
