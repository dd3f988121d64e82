import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApplication } from "./testing/application.ts";
import { call } from "./testing/call.ts";
import { type DeltaClient, openDelta, type Received, type Type, untilReceived } from "./testing/delta-client.ts";
import { queryDns } from "./testing/dns-query.ts";
import { allSynced, type RunningEnvoy, startProxy } from "./testing/envoy.ts";
import { describeWithEnvoy } from "./testing/needs-envoy.ts";
import { endpointSliceObject, istioObject, namespaceObject, serviceObject, yamlOf } from "./testing/objects.ts";
import { type Server, startServer } from "./testing/server.ts";
import { type TemporaryFolder, temporaryFolder } from "./testing/temporary-folder.ts";
import { until } from "./testing/until.ts";

const PORT = 8000;
const ports = [{ name: "http", port: PORT, targetPort: PORT }];
const places = ["127.79.1.11", "127.79.1.12", "127.79.1.13"].map((address, index) => ({
  name: `stock-${index}`,
  address,
}));
const fences = Array.from({ length: 8 }, (_, index) => `fence-${index}`);

function hostOf(name: string): string {
  return `${name}.shop.svc.cluster.local`;
}

function clusterOf(name: string): string {
  return `outbound|${PORT}||${hostOf(name)}`;
}

function service(name: string): string {
  return yamlOf([serviceObject({ name, namespace: "shop", selector: { app: name }, ports })]);
}

/** Who serves it: addresses without an Envoy, so that the test needs none for them. */
function slice(name: string, addresses: readonly { name: string; address: string }[]): string {
  return yamlOf([endpointSliceObject({ service: name, namespace: "shop", ports, pods: addresses })]);
}

function rule(requests: number): string {
  const http = { maxRequestsPerConnection: requests };
  return yamlOf([
    istioObject("DestinationRule", "stock", "shop", {
      host: hostOf("stock"),
      trafficPolicy: { connectionPool: { http } },
    }),
  ]);
}

let folder: TemporaryFolder;
let server: Server;
let client: DeltaClient;

beforeAll(async () => {
  folder = await temporaryFolder();
  await folder.write("mesh/namespaces.yaml", yamlOf([namespaceObject("shop"), namespaceObject("web")]));
  for (const name of ["stock", ...fences]) await folder.write(`mesh/${name}.yaml`, service(name));
  await folder.write("mesh/endpoints.yaml", slice("stock", places.slice(0, 1)));
  await folder.write("mesh/rule.yaml", rule(100));
  server = await startServer({ data: join(folder.path, "data"), config: [join(folder.path, "mesh")] });
  const certs = join(folder.path, "certs");
  await server.output(["ca", "issue", "-n", "web", "--service-account", "front", "-o", certs]);
  const metadata = { NAMESPACE: "web", SERVICE_ACCOUNT: "front", INBOUND_PORTS: "", MODE: "bind", LOWEST_PORT: "1024" };
  const id = "sidecar~127.79.1.22~watcher.web~web.svc.cluster.local";
  client = await openDelta({ target: server.ports.xds, certs, node: { id, metadata } });
  client.subscribe("cluster", ["*"]);
  client.subscribe("listener", ["*"]);
  await untilReceived(client, 0, "clusterLoadAssignment", ["stock", ...fences].map(clusterOf));
  await untilReceived(client, 0, "routeConfiguration", await routeNames(["stock", ...fences]));
});
afterAll(async () => {
  client?.[Symbol.dispose]();
  await server?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

async function vipOf(name: string): Promise<string> {
  return (await queryDns(server.ports.dns!, hostOf(name))).addresses[0]!;
}

async function routeNames(names: readonly string[]): Promise<readonly string[]> {
  return Promise.all(names.map(async (name) => `${await vipOf(name)}:${PORT}`));
}

/**
 * Everything that a client is sent because of an edit. That nothing more comes is not waited for: an edit of something else
 * follows, and what arrives before it belongs to the first.
 */
async function sentBy(edit: () => Promise<unknown>, fence: string): Promise<readonly Received[]> {
  const from = client.received.length;
  await edit();
  const settled = await server.json<{ revision: number }>("/ready").catch(() => undefined);
  expect(settled).toBeDefined();
  await until("the edit is sent", () => client.received.length > from);
  await folder.write(`mesh/${fence}-endpoints.yaml`, slice(fence, [{ name: fence, address: "127.79.1.99" }]));
  await untilReceived(client, from, "clusterLoadAssignment", [clusterOf(fence)]);
  return client.received
    .slice(from)
    .map(({ type, names, removed }) => ({ type, names: names.filter((name) => name !== clusterOf(fence)), removed }))
    .filter(({ names, removed }) => names.length + removed.length > 0);
}

function sorted(received: readonly Received[]): readonly string[] {
  return received
    .flatMap(({ type, names, removed }) => [
      ...names.map((name) => `${type} ${name}`),
      ...removed.map((name) => `gone ${type} ${name}`),
    ])
    .sort();
}

describe("an edit of a file sends only what changed (delta)", () => {
  test("an endpoint: one load assignment", async () => {
    const sent = await sentBy(() => folder.write("mesh/endpoints.yaml", slice("stock", places.slice(0, 2))), "fence-0");
    expect(sorted(sent)).toEqual([`clusterLoadAssignment ${clusterOf("stock")}`]);
  });

  test("a comment: nothing", async () => {
    const text = `# nothing new\n${slice("stock", places.slice(0, 2))}`;
    const from = client.received.length;
    await folder.write("mesh/endpoints.yaml", text);
    await folder.write("mesh/fence-1-endpoints.yaml", slice("fence-1", [{ name: "fence-1", address: "127.79.1.99" }]));
    await untilReceived(client, from, "clusterLoadAssignment", [clusterOf("fence-1")]);
    expect(sorted(client.received.slice(from))).toEqual([`clusterLoadAssignment ${clusterOf("fence-1")}`]);
  });

  test("a policy: one cluster, and at most its own load assignment", async () => {
    const sent = sorted(await sentBy(() => folder.write("mesh/rule.yaml", rule(50)), "fence-2"));
    expect(sent).toContain(`cluster ${clusterOf("stock")}`);
    expect(sent.filter((line) => line !== `clusterLoadAssignment ${clusterOf("stock")}`)).toEqual([
      `cluster ${clusterOf("stock")}`,
    ]);
  });

  test("a new service: its cluster, listener, route and load assignment; and they alone go with it", async () => {
    await sentBy(() => folder.write("mesh/news.yaml", service("news")), "fence-3");
    const vip = await vipOf("news");
    const place = `${vip}:${PORT}`;
    const own = [
      `cluster ${clusterOf("news")}`,
      `clusterLoadAssignment ${clusterOf("news")}`,
      `routeConfiguration ${place}`,
    ];
    const all = sorted(client.received).filter((line) => line.includes("news") || line.includes(vip));
    expect(all.filter((line) => !line.startsWith("listener "))).toEqual(own);
    expect(all.filter((line) => line.startsWith("listener "))).toHaveLength(1);

    const gone = sorted(await sentBy(() => folder.write("mesh/news.yaml", ""), "fence-4"));
    expect(gone.length).toBeGreaterThanOrEqual(2);
    for (const line of gone) expect(line).toMatch(/^gone /);
    expect(gone).toContain(`gone cluster ${clusterOf("news")}`);
  });
});

describe("a server that was killed and is back", () => {
  test("sends nothing to a client that has everything, and a newer edit alone (delta)", async () => {
    await using own = await temporaryFolder();
    const files = [...fences.map((name) => [name, service(name)] as const), ["stock", service("stock")] as const];
    for (const [name, text] of files) await own.write(`mesh/${name}.yaml`, text);
    await own.write("mesh/endpoints.yaml", slice("stock", places.slice(0, 1)));
    const options = { data: join(own.path, "data"), config: [join(own.path, "mesh")] };
    const names = ["stock", ...fences].map(clusterOf);
    const certs = join(own.path, "certs");
    const node = {
      id: "sidecar~127.79.1.23~back.web~web.svc.cluster.local",
      metadata: { NAMESPACE: "web", INBOUND_PORTS: "" },
    };
    let versions: ReadonlyMap<Type, ReadonlyMap<string, string>>;
    {
      await using first = await startServer(options);
      await first.output(["ca", "issue", "-n", "web", "--service-account", "default", "-o", certs]);
      using before = await openDelta({ target: first.ports.xds, certs, node });
      before.subscribe("cluster", ["*"]);
      before.subscribe("listener", ["*"]);
      await untilReceived(before, 0, "clusterLoadAssignment", names);
      await until("every route is there", () => before.asked("routeConfiguration").length === names.length);
      await untilReceived(before, 0, "routeConfiguration", before.asked("routeConfiguration"));
      versions = structuredClone(before.versions());
      await first.stop("SIGKILL");
    }
    await using second = await startServer(options);
    using after = await openDelta({ target: second.ports.xds, certs, node, initial: versions });
    const [, assignments, , routes] = [...versions.values()];
    after.subscribe("cluster", ["*"]);
    after.subscribe("clusterLoadAssignment", [...assignments!.keys()]);
    after.subscribe("listener", ["*"]);
    after.subscribe("routeConfiguration", [...routes!.keys()]);
    await own.write("mesh/endpoints.yaml", slice("stock", places.slice(0, 2)));
    await untilReceived(after, 0, "clusterLoadAssignment", [clusterOf("stock")]);
    expect(sorted(after.received)).toEqual([`clusterLoadAssignment ${clusterOf("stock")}`]);
  });
});

describe("a broken document", () => {
  const entry = (name: string, number: number | string) =>
    istioObject("ServiceEntry", name, "shop", {
      hosts: [`${name}.shop.global`],
      location: "MESH_INTERNAL",
      resolution: "STATIC",
      ports: [{ name: "http", number, protocol: "HTTP" }],
      endpoints: [{ address: "127.79.1.50" }],
    });
  const declared = async (name: string) =>
    (await server.json<{ declaredPorts: number[] }>(`/api/v1/routes/host?host=${name}.shop.global&port=1`))
      .declaredPorts;

  test("prints its place and rule, its object keeps its last good version, and the rest of the file applies", async () => {
    await folder.write("mesh/two.yaml", yamlOf([entry("first", 8001), entry("second", 8002)]));
    await until("both are there", async () => (await declared("second")).join() === "8002");
    await folder.write("mesh/two.yaml", yamlOf([entry("first", 800_100), entry("second", 8003)]));
    await until("the second is changed", async () => (await declared("second")).join() === "8003");
    expect(await declared("first")).toEqual([8001]);

    const text = await readFile(join(folder.path, "mesh", "two.yaml"), "utf8");
    const lines = text.split("\n");
    const line = lines.findIndex((one) => one.includes("800100")) + 1;
    const place = `two.yaml:${line}:${(lines[line - 1]?.indexOf("800100") ?? 0) + 1}`;
    const ready = await server.get("/ready");
    expect(ready.text).toContain(place);
    expect(ready.text).toContain("spec.ports.0.number");
    await until("it is said on stderr", () => server.err().includes(place) || server.out().includes(place));
    expect(server.err()).toMatch(/from 1 to 65535|65535/);

    await folder.write("mesh/two.yaml", yamlOf([entry("first", 8004), entry("second", 8003)]));
    await until("the first is changed", async () => (await declared("first")).join() === "8004");
    expect((await server.get("/ready")).text).not.toContain(place);
  });

  test("a file that is no YAML keeps all its objects", async () => {
    await folder.write("mesh/three.yaml", yamlOf([entry("third", 8005)]));
    await until("it is there", async () => (await declared("third")).join() === "8005");
    await folder.write("mesh/three.yaml", "kind: [ServiceEntry\n  nothing: }{\n");
    await until("/ready names the file", async () => /three\.yaml:\d+:\d+/.test((await server.get("/ready")).text));
    expect(await declared("third")).toEqual([8005]);
    await folder.write("mesh/three.yaml", "");
    await until("it is gone", async () => (await declared("third")).length === 0);
  });
});

describeWithEnvoy("an edit of a file reaches Envoy", () => {
  let proxy: RunningEnvoy;

  beforeAll(async () => {
    const place = { name: "front", namespace: "web", serviceAccount: "front", address: "127.79.1.21" };
    proxy = await startProxy(server, folder.path, { role: "sidecar", ...place });
    await allSynced(server, [proxy]);
  });
  afterAll(() => proxy?.[Symbol.asyncDispose]());

  test("without a restart, and as one update of one cluster's endpoints", async () => {
    await using _old = await startApplication("old", places[0]!.address, PORT);
    await using _fresh = await startApplication("fresh", places[2]!.address, PORT);
    const vip = await vipOf("stock");
    await folder.write("mesh/endpoints.yaml", slice("stock", places.slice(0, 1)));
    const answers = async (name: string) => {
      const answer = await call(vip, PORT, hostOf("stock"));
      return !("failure" in answer) && answer.page?.application === name;
    };
    await until("the old application answers", () => answers("old"));
    await allSynced(server, [proxy]);
    const before = await proxy.stats();

    await folder.write("mesh/endpoints.yaml", slice("stock", places.slice(2)));
    await until("the new application answers", () => answers("fresh"));
    const changed = [...(await proxy.stats())]
      .filter(
        ([name, value]) =>
          /update_success|(listener|cluster)_(added|modified|removed)$/.test(name) && value !== before.get(name),
      )
      .map(([name, value]) => `${name} +${value - (before.get(name) ?? 0)}`);
    expect(changed).toEqual([`cluster.${clusterOf("stock")}.update_success +1`]);
    expect((await proxy.envoy.admin("/server_info")).body).toContain('"state": "LIVE"');
  });

  test("Envoy rejected nothing of all this", async () => {
    const rejected = [...(await proxy.stats())].filter(
      ([name, value]) => name.endsWith("update_rejected") && value > 0,
    );
    expect(rejected).toEqual([]);
  });
});
