import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  BootstrapSchema,
  ClusterLoadAssignmentSchema,
  ClusterSchema,
  type DescMessage,
  envoyRegistry,
  fromBinary,
  type JsonObject,
  ListenerSchema,
  type MessageShape,
  RouteConfigurationSchema,
  SecretSchema,
  toJson,
} from "@portolan/envoy";
import type { DemoPlan, PlannedProxy } from "@portolan/sdk";
import { dumpStatic } from "@portolan/xds";
import { expect, test } from "vitest";
import { findEnvoy } from "../../scripts/envoy.ts";
import { type DeltaClient, openDelta, type Type } from "../testing/delta-client.ts";
import { readExample } from "../testing/example.ts";
import { describeWithEnvoy } from "../testing/needs-envoy.ts";
import { run } from "../testing/portolan.ts";
import { type Server, startServer } from "../testing/server.ts";
import { type TemporaryFolder, temporaryFolder } from "../testing/temporary-folder.ts";
import { until } from "../testing/until.ts";

const root = join(import.meta.dirname, "..", "..", "examples");
const examples = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const grounds = ["isolated", "loopback"] as const;
const cases = examples.flatMap(({ name }) => grounds.map((ground) => [name, ground] as const));

describeWithEnvoy("examples", () => {
  test.each(cases)("what each proxy of %s is served (%s) passes envoy --mode validate", async (name, ground) => {
    await using folder = await temporaryFolder();
    const { plan, expand, mesh } = await readExample(name, ground);
    for (const [file, text] of mesh) await folder.write(join("mesh", file), text);
    await using server = await startServer({ data: join(folder.path, "data"), config: [join(folder.path, "mesh")] });
    expect((await server.get("/ready")).status).toBe(200);
    expect(plan.proxies.length).toBeGreaterThan(0);
    for (const planned of plan.proxies) {
      const proxy = { ...planned, address: expand(planned.address) };
      const bootstrap = await writeBootstrap(server, folder, proxy);
      expect(await validate(bootstrap.file), `the bootstrap of ${proxy.name}`).toContain("OK");
      const file = await folder.write(`${proxy.name}/static.json`, await dump(server, bootstrap, plan));
      expect(await validate(file), `what ${proxy.name} is served`).toContain("OK");
    }
  });
});

interface WrittenBootstrap {
  readonly file: string;
  readonly certs: string;
  readonly node: { readonly id: string; readonly metadata: JsonObject };
}

async function writeBootstrap(server: Server, folder: TemporaryFolder, proxy: PlannedProxy): Promise<WrittenBootstrap> {
  const certs = join(folder.path, proxy.name, "certs");
  const file = join(folder.path, proxy.name, "bootstrap.json");
  const account = ["--service-account", proxy.serviceAccount, "-n", proxy.namespace];
  const labels = Object.entries(proxy.labels).map(([key, value]) => `${key}=${value}`);
  await server.output(["ca", "issue", ...account, "-o", certs]);
  await server.output([
    ...["bootstrap", proxy.role, "--name", proxy.name, ...account, "--network", proxy.network, "--ip", proxy.address],
    ...["--labels", labels.join(), "--inbound-ports", proxy.inboundPorts, "--control-plane", server.ports.xds],
    ...["--certs", certs, "--admin-port", "0", "-o", file],
  ]);
  const { node } = JSON.parse(await readFile(file, "utf8")) as WrittenBootstrap;
  return { file, certs, node };
}

/** Everything that the proxy is sent over ADS, as a file that Envoy can load by itself. */
async function dump(server: Server, { certs, node }: WrittenBootstrap, plan: DemoPlan): Promise<string> {
  using client = await openDelta({ target: server.ports.xds, certs, node });
  client.subscribe("cluster", ["*"]);
  client.subscribe("listener", ["*"]);
  client.subscribe("secret", ["default", "ROOTCA"]);
  await until(`the proxy of ${plan.title} has everything`, () => isComplete(client));
  const all = <Schema extends DescMessage>(type: Type, schema: Schema): MessageShape<Schema>[] =>
    [...client.resources(type).values()].map((bytes) => fromBinary(schema, bytes));
  const bootstrap = dumpStatic({
    clusters: all("cluster", ClusterSchema),
    endpoints: all("clusterLoadAssignment", ClusterLoadAssignmentSchema),
    listeners: all("listener", ListenerSchema),
    routes: all("routeConfiguration", RouteConfigurationSchema),
    secrets: all("secret", SecretSchema),
  });
  return JSON.stringify(toJson(BootstrapSchema, bootstrap, { registry: envoyRegistry() }), null, 2);
}

/** Whether a response of each kind came, and everything that those refer to. */
function isComplete(client: DeltaClient): boolean {
  const answered = new Set(client.received.map((response) => response.type));
  const wanted: readonly Type[] = ["cluster", "listener", "secret"];
  const asked: readonly Type[] = ["clusterLoadAssignment", "routeConfiguration"];
  return (
    wanted.every((type) => answered.has(type)) &&
    asked.every((type) => client.asked(type).every((name) => client.resources(type).has(name))) &&
    client.resources("secret").size === 2
  );
}

async function validate(file: string): Promise<string> {
  const { code, out, err } = await run([await findEnvoy(), "--mode", "validate", "-c", file, "--log-level", "error"]);
  return code === 0 ? out || "OK" : `exit code ${code}: ${err}`;
}
