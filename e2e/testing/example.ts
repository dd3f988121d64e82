import { join } from "node:path";
import { type DemoPlan, loadMesh, loadPlan } from "@portolan/sdk";
import { startApplication } from "./application.ts";
import { allSynced, type RunningEnvoy, startProxy } from "./envoy.ts";
import { type Server, startServer } from "./server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";

const root = join(import.meta.dirname, "..", "..", "examples");

export type Ground = "isolated" | "loopback";

/** An example's plan and the files of its mesh, with the values of their variables. */
export interface Example {
  readonly plan: DemoPlan;
  /** Puts values in the place of variables. */
  expand(text: string): string;
  readonly mesh: ReadonlyMap<string, string>;
}

export async function readExample(name: string, ground: Ground): Promise<Example> {
  const plan = await loadPlan(join(root, name));
  const expand = (text: string) =>
    text.replace(/\$\{(\w+)\}/g, (whole, key) => plan.variables.get(key)?.[ground] ?? whole);
  const files = await loadMesh(join(root, name));
  return { plan, expand, mesh: new Map([...files].map(([file, text]) => [file, expand(text)])) };
}

export interface RunningExample extends AsyncDisposable {
  readonly server: Server;
  readonly folder: TemporaryFolder;
  proxy(name: string): RunningEnvoy;
}

/** Starts an example on loopback addresses, by the CLI's commands and not by its `demo`. */
export async function startExample(name: string): Promise<RunningExample> {
  const { plan, expand, mesh } = await readExample(name, "loopback");
  const scene = new AsyncDisposableStack();
  try {
    const folder = scene.use(await temporaryFolder());
    for (const [file, text] of mesh) await folder.write(join("mesh", file), text);
    const server = scene.use(
      await startServer({ data: join(folder.path, "data"), config: [join(folder.path, "mesh")] }),
    );
    for (const { name: own, address, port } of plan.applications) {
      scene.use(await startApplication(own, expand(address), port));
    }
    const proxies = new Map<string, RunningEnvoy>();
    for (const planned of plan.proxies) {
      const { role, namespace, serviceAccount, network, inboundPorts } = planned;
      const labels = Object.entries(planned.labels).map(([key, value]) => `${key}=${value}`);
      const proxy = await startProxy(server, folder.path, {
        ...{ role, name: planned.name, namespace, serviceAccount, network, inboundPorts },
        address: expand(planned.address),
        labels: labels.join(),
        ...(planned.machine && plan.machine !== undefined
          ? { controlPlane: `${expand(plan.machine.gateway)}:15443` }
          : {}),
      });
      proxies.set(planned.name, scene.use(proxy));
    }
    await allSynced(server, [...proxies.values()]);
    const proxy = (wanted: string) => {
      const found = proxies.get(wanted);
      if (found === undefined) throw new Error(`the example has no proxy ${wanted}`);
      return found;
    };
    return { server, folder, proxy, [Symbol.asyncDispose]: () => scene.disposeAsync() };
  } catch (error) {
    await scene.disposeAsync();
    throw error;
  }
}
