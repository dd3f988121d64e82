import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allSynced, listedProxies, type RunningEnvoy, startProxy } from "./testing/envoy.ts";
import { describeWithEnvoy } from "./testing/needs-envoy.ts";
import { endpointSliceObject, namespaceObject, serviceObject, yamlOf } from "./testing/objects.ts";
import { type Server, startServer } from "./testing/server.ts";
import { type TemporaryFolder, temporaryFolder } from "./testing/temporary-folder.ts";
import { until } from "./testing/until.ts";

const ports = [{ name: "http", port: 8000, targetPort: 8000 }];
const CLUSTER = "outbound|8000||stock.shop.svc.cluster.local";

function slice(addresses: readonly string[]): string {
  const pods = addresses.map((address, index) => ({ name: `stock-${index}`, address }));
  return yamlOf([endpointSliceObject({ service: "stock", namespace: "shop", ports, pods })]);
}

describeWithEnvoy("the packed program with --workers 2", () => {
  let folder: TemporaryFolder;
  let server: Server;
  const proxies: RunningEnvoy[] = [];

  const connect = (name: string, address: string) =>
    startProxy(server, folder.path, { role: "sidecar", name, namespace: "web", serviceAccount: "front", address });

  beforeAll(async () => {
    folder = await temporaryFolder();
    const service = serviceObject({ name: "stock", namespace: "shop", selector: { app: "stock" }, ports });
    await folder.write("mesh/mesh.yaml", yamlOf([namespaceObject("shop"), namespaceObject("web"), service]));
    await folder.write("mesh/endpoints.yaml", slice(["127.83.1.11"]));
    const config = [join(folder.path, "mesh")];
    server = await startServer({ data: join(folder.path, "data"), config, flags: ["--workers", "2"] });
    proxies.push(await connect("first", "127.83.1.21"));
    await allSynced(server, proxies);
  });
  afterAll(async () => {
    for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  test("two threads of it serve xDS", async () => {
    const tasks = `/proc/${server.pid}/task`;
    const names = (await readdir(tasks)).map((id) => readFile(join(tasks, id, "comm"), "utf8"));
    expect((await Promise.all(names)).filter((name) => name === "portolan-xds\n")).toHaveLength(2);
  });

  test("an edit is applied when `wait --for applied` says so, and every push to it is traced", async () => {
    for (const last of [12, 13, 14]) {
      const { revision } = await server.json<{ revision: number }>("/ready");
      await folder.write("mesh/endpoints.yaml", slice(["127.83.1.11", `127.83.1.${last}`]));
      await server.output(["wait", "--for", "applied", "--revision", String(revision + 1), "--proxy", "first.web"]);
      const { body } = await proxies[0]!.envoy.admin("/clusters");
      expect(body).toContain(`${CLUSTER}::127.83.1.${last}:8000::`);
    }
    const { text } = await server.get("/debug/pushes");
    expect(text).toContain('"answer":"ACK"');
    expect(await server.output(["proxy-status"])).toMatch(/^first\.web .*SYNCED +SYNCED +SYNCED +SYNCED/m);
  });

  test("what a second proxy on the same addresses rejects is shown with its object, and holds up nobody", async () => {
    proxies.push(await connect("second", "127.83.1.22"));
    const second = await until("the rejection is shown", async () =>
      (await listedProxies(server)).find(({ name, rejections }) => name === "second" && rejections.length > 0),
    );
    expect(second.rejections.join("\n")).toMatch(/Service shop\/stock at .*mesh\.yaml:/);
    expect(await server.output(["proxy-status"])).toMatch(/^second\.web .*STALE/m);
    const { text } = await server.get("/metrics");
    expect(text).toMatch(/^pilot_xds 2$/m);
    expect(text).toMatch(/^pilot_total_xds_rejects\{type="lds"\} [1-9]/m);
    await folder.write("mesh/endpoints.yaml", slice(["127.83.1.15"]));
    await server.output(["wait", "--for", "applied"]);
    for (const { envoy } of proxies) {
      await until("the endpoint is there", async () =>
        (await envoy.admin("/clusters")).body.includes(`${CLUSTER}::127.83.1.15:8000::`),
      );
    }
  });

  test("it stops in order, and its proxies are told", async () => {
    expect(await server.stop()).toBe(0);
  });
});
