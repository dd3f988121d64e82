import { join } from "node:path";
import { expect, test } from "vitest";
import { startApplication } from "./testing/application.ts";
import { type Answer, call, callerOf } from "./testing/call.ts";
import { queryDns } from "./testing/dns-query.ts";
import { allSynced, listedProxies, startProxy } from "./testing/envoy.ts";
import { describeWithEnvoy } from "./testing/needs-envoy.ts";
import {
  type Manifest,
  namespaceObject,
  podObject,
  serviceAccountObject,
  serviceObject,
  sidecarObject,
  yamlOf,
} from "./testing/objects.ts";
import { startServer } from "./testing/server.ts";
import { temporaryFolder } from "./testing/temporary-folder.ts";
import { until } from "./testing/until.ts";

const STOCK = "127.77.1.11";
const clients = [
  { name: "front", namespace: "web", account: "front-account", address: "127.77.1.21" },
  { name: "back", namespace: "office", account: "back-account", address: "127.77.1.22" },
] as const;
const [front, back] = clients;
const services = ["stock", "orders"] as const;
const PORT = 8000;

function hostOf(service: string): string {
  return `${service}.shop.svc.cluster.local`;
}

function uriOf(client: (typeof clients)[number]): string {
  return `spiffe://cluster.local/ns/${client.namespace}/sa/${client.account}`;
}

/** One workload serves both services; both clients share its host. */
function mesh(scopes: readonly Manifest[]): string {
  const app = { app: "stock" };
  const ports = [{ name: "http", port: PORT, targetPort: PORT }];
  const pod = { name: "stock-1", namespace: "shop", serviceAccount: "stock", address: STOCK };
  return yamlOf([
    namespaceObject("shop", { injected: true }),
    serviceAccountObject("stock", "shop"),
    ...services.map((name) => serviceObject({ name, namespace: "shop", selector: app, ports })),
    podObject({ ...pod, labels: app, ports: [PORT] }),
    sidecarObject("shop", []),
    ...clients.flatMap(({ name, namespace, account: serviceAccount, address }) => [
      namespaceObject(namespace),
      podObject({ name, namespace, serviceAccount, address, labels: { app: name }, ports: [] }),
    ]),
    ...scopes,
  ]);
}

/** The server, the application with its Envoy, and a way to start the clients' Envoys. */
async function stage(scopes: readonly Manifest[]) {
  const scene = new AsyncDisposableStack();
  const folder = scene.use(await temporaryFolder());
  await folder.write("mesh/mesh.yaml", mesh(scopes));
  const server = scene.use(await startServer({ data: join(folder.path, "data"), config: [join(folder.path, "mesh")] }));
  scene.use(await startApplication("stock-1", STOCK, PORT));
  const start = async (options: { name: string; namespace: string; account: string; address: string }, ports = "") => {
    const { account: serviceAccount, ...rest } = options;
    const proxy = { role: "sidecar" as const, ...rest, serviceAccount, inboundPorts: ports };
    return scene.use(await startProxy(server, folder.path, proxy));
  };
  const own = await start({ name: "stock-1", namespace: "shop", account: "stock", address: STOCK }, "*");
  await allSynced(server, [own]);
  const vips = await Promise.all(
    services.map(async (name) => (await queryDns(server.ports.dns!, hostOf(name))).addresses[0]!),
  );
  return { server, start, vips, [Symbol.asyncDispose]: () => scene.disposeAsync() };
}

async function calls(vip: string, service: string, count: number): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (let made = 0; made < count; made++) answers.push(await call(vip, PORT, hostOf(service)));
  return answers;
}

function callers(answers: readonly Answer[]): readonly string[] {
  return [
    ...new Set(answers.map((answer) => ("failure" in answer ? answer.failure : callerOf(answer.page)) ?? "nobody")),
  ];
}

describeWithEnvoy("two sidecars with different accounts on one host", () => {
  test("where both would listen on one VIP:port, the second is refused and no call leaves under its identity", async () => {
    await using scene = await stage([]);
    const { server, start, vips } = scene;
    const [vip = ""] = vips;
    const first = await start(front);
    await allSynced(server, [first]);
    await until("calls pass", async () => !("failure" in (await call(vip, PORT, hostOf("stock")))));
    const second = await start(back);

    const place = `${vip}:${PORT}`;
    const told = await until("the status names the VIP and port", async () => {
      const { rejections = [], remarks = [] } =
        (await listedProxies(server)).find((one) => one.name === back.name) ?? {};
      return [...rejections, ...remarks].find((text) => text.includes(place));
    });
    const status = await server.output(["proxy-status", "-v", "1"]);
    expect(status).toContain(place);
    expect(status.split("\n").find((line) => line.startsWith(`${back.name}.${back.namespace}:`))).toBeDefined();
    expect(told).toMatch(/in use|already/i);
    expect(told, "both nodes are named").toContain(`${front.name}.${front.namespace}`);
    // Envoy itself has the listener of the first and none of the second.
    expect((await second.envoy.admin("/listeners")).body).not.toContain(place);
    expect((await first.envoy.admin("/listeners")).body).toContain(place);

    expect(callers(await calls(vip, "stock", 200))).toEqual([uriOf(front)]);
  });

  test("with Sidecar scopes apart, every call of 200 leaves under its own identity", async () => {
    const scopes = [
      sidecarObject("web", [`shop/${hostOf("stock")}`]),
      sidecarObject("office", [`shop/${hostOf("orders")}`]),
    ];
    await using scene = await stage(scopes);
    const { server, start, vips } = scene;
    const proxies = [await start(front), await start(back)];
    await allSynced(server, proxies);
    const [stock = "", orders = ""] = vips;
    expect(stock).not.toBe(orders);
    for (const vip of vips) await until("calls pass", async () => !("failure" in (await call(vip, PORT, "any"))));
    const [ofFront, ofBack] = await Promise.all([calls(stock, "stock", 200), calls(orders, "orders", 200)]);
    expect(callers(ofFront)).toEqual([uriOf(front)]);
    expect(callers(ofBack)).toEqual([uriOf(back)]);
    for (const { rejections } of await listedProxies(server)) expect(rejections).toEqual([]);
  });
});
