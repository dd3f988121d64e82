import { afterAll, beforeAll, expect, test } from "vitest";
import { type ControlPlane, createControlPlane } from "../../control-plane/control-plane.ts";
import { parseListenAddress } from "../../listen-address.ts";
import { openDelta, sidecarOf } from "../../testing/delta-client.ts";
import { entry } from "../../testing/manifests.ts";
import { ask } from "../../testing/request.ts";
import { type TemporaryFolder, temporaryFolder } from "../../testing/temporary-folder.ts";
import { until } from "../../testing/until.ts";

const service = `apiVersion: v1
kind: Service
metadata: {name: ledger, namespace: bank, labels: {team: books}}
spec:
  clusterIP: 10.9.0.7
  ports: [{name: tcp-main, port: 7000}]
---
apiVersion: v1
kind: Service
metadata: {name: parts, namespace: bank}
spec:
  clusterIP: None
  ports: [{name: http, port: 80}]
`;
const external = `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: outside, namespace: shop}
spec:
  hosts: [outside.example.com]
  location: MESH_EXTERNAL
  resolution: DNS
  ports: [{name: https, number: 443, protocol: TLS}]
`;
/** Two objects of one name, and one of another kind, in one document. */
const list = `apiVersion: v1
kind: List
items:
- ${entry("twin", { namespace: "bank" }).trim().replaceAll("\n", "\n  ")}
- ${entry("twin", { port: 9000 }).trim().replaceAll("\n", "\n  ")}
- apiVersion: networking.istio.io/v1
  kind: DestinationRule
  metadata: {name: twin}
  spec: {host: twin.shop.global}
`;
const settings = `apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    trustDomain: shop.example
    portolan: {serviceCidrs: [10.0.0.0/8]}
`;

let folder: TemporaryFolder;
let mesh: ControlPlane;

beforeAll(async () => {
  folder = await temporaryFolder();
  const files = [
    await folder.write("mesh.yaml", [settings, service, external].join("---\n")),
    await folder.write("list.yaml", list),
  ];
  const xdsPlaintext = parseListenAddress("127.0.0.1:0", "test");
  mesh = await createControlPlane({ config: files, xdsPlaintext, dns: undefined, admin: undefined });
});
afterAll(async () => {
  await mesh?.stop();
  await folder?.[Symbol.asyncDispose]();
});

async function get<Answer>(path: string): Promise<Answer> {
  const { status, headers, json } = await ask(mesh.adminSocket, `/debug/${path}`);
  expect([status, headers["content-type"]]).toEqual([200, "application/json; charset=utf-8"]);
  return json() as Answer;
}

test("syncz tells of each proxy which nonces were sent and acknowledged, under istiod's names", async () => {
  await until("nobody is connected", async () => (await get<unknown[]>("syncz")).length === 0);
  const open = (name: string, answers: "ack" | "hold" | "nack") => {
    const proxy = sidecarOf(name, "shop");
    const metadata = { ...proxy.metadata, CLUSTER_ID: "machines" };
    const client = openDelta({ target: mesh.listening.xdsPlaintext ?? "", ...proxy, metadata, answers });
    client.subscribe("cluster");
    return client;
  };
  using _till = open("till", "ack");
  using _slow = open("slow", "hold");
  const rows = await until("both were sent to, and one has answered", async () => {
    const found = await get<Record<string, string>[]>("syncz");
    const acked = found.filter(({ cluster_acked }) => cluster_acked !== undefined);
    return found.every(({ cluster_sent }) => cluster_sent !== undefined) && acked.length === 1 && found.length === 2
      ? found
      : undefined;
  });
  const [slow, till] = rows.sort((a, b) => ((a.proxy ?? "") < (b.proxy ?? "") ? -1 : 1));
  const row = (name: string) => ({
    cluster_id: "machines",
    proxy: sidecarOf(name, "shop").id,
    proxy_type: "sidecar",
    cluster_sent: expect.stringMatching(/./),
  });
  expect(till).toEqual({ ...row("till"), cluster_acked: till?.cluster_sent });
  expect(slow).toEqual(row("slow"));
  const { totalClients, clients } = await get<{ totalClients: number; clients: unknown[] }>("connections");
  expect([totalClients, clients]).toEqual([2, expect.arrayContaining([expect.any(Object)])]);
  expect(clients).toContainEqual({
    connectionId: expect.stringMatching(/~till\.shop~.*-\d+$/),
    connectedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
  });
});

test("configz holds what is of Istio's API as it was written, of lists each object once, and nothing of Kubernetes", async () => {
  const found =
    await get<{ kind: string; apiVersion: string; metadata: { name: string; namespace: string } }[]>("configz");
  expect(found.map(({ kind, metadata: { name, namespace } }) => `${kind} ${namespace}/${name}`)).toEqual([
    "DestinationRule default/twin",
    "ServiceEntry bank/twin",
    "ServiceEntry shop/outside",
    "ServiceEntry shop/twin",
  ]);
  expect(found[2]).toEqual({
    apiVersion: "networking.istio.io/v1",
    kind: "ServiceEntry",
    metadata: { name: "outside", namespace: "shop" },
    spec: {
      hosts: ["outside.example.com"],
      location: "MESH_EXTERNAL",
      resolution: "DNS",
      ports: [{ name: "https", number: 443, protocol: "TLS" }],
    },
  });
  expect([found[1], found[3]]).toEqual([
    expect.objectContaining({ spec: expect.objectContaining({ hosts: ["twin.bank.global"] }) }),
    expect.objectContaining({ spec: expect.objectContaining({ hosts: ["twin.shop.global"] }) }),
  ]);
});

test("registryz lists the services in the shape of istiod's", async () => {
  const found = await get<{ hostname: string; autoAllocatedAddress?: string }[]>("registryz");
  const of = (hostname: string) => found.find((service) => service.hostname === hostname);
  expect(found).toHaveLength(mesh.snapshot.services.size);
  expect(of("ledger.bank.svc.cluster.local")).toMatchObject({
    Attributes: { ServiceRegistry: "Kubernetes", Name: "ledger", Namespace: "bank", Labels: { team: "books" } },
    ports: [{ name: "tcp-main", port: 7000, protocol: "TCP" }],
    defaultAddress: "10.9.0.7",
    Resolution: 0,
    MeshExternal: false,
  });
  expect(of("parts.bank.svc.cluster.local")).toMatchObject({ Resolution: 2, defaultAddress: "0.0.0.0" });
  expect(of("outside.example.com")).toMatchObject({
    Attributes: { ServiceRegistry: "External", Name: "outside.example.com", Namespace: "shop", Labels: null },
    autoAllocatedAddress: expect.stringMatching(/^127\.255\./),
    Resolution: 1,
    MeshExternal: true,
  });
});

test("config_dump and edsz tell what one proxy is to have, in the form of Envoy's own dump; secrets are not shown", async () => {
  using client = openDelta({ target: mesh.listening.xdsPlaintext ?? "", ...sidecarOf("cashier", "shop") });
  client.subscribe("cluster");
  client.subscribe("listener");
  client.subscribe("secret", "default");
  await until("it has clusters and listeners", () => new Set(client.responses.map(({ typeUrl }) => typeUrl)).size > 1);
  const { configs } = await get<{ configs: Record<string, unknown>[] }>("config_dump?proxyID=cashier.shop");
  const type = (name: string) => `type.googleapis.com/envoy.admin.v3.${name}ConfigDump`;
  expect(configs.map((config) => config["@type"])).toEqual(
    ["Bootstrap", "Clusters", "Listeners", "ScopedRoutes", "Routes", "Secrets"].map(type),
  );
  const sent = (url: string) =>
    client.responses.flatMap(({ typeUrl, resources }) => (typeUrl.endsWith(url) ? resources : []));
  const clusters = configs[1]?.dynamicActiveClusters as { versionInfo: string; cluster: Record<string, unknown> }[];
  expect(clusters.map(({ versionInfo, cluster }) => [cluster.name, versionInfo]).sort()).toEqual(
    sent("v3.Cluster")
      .map(({ name, version }) => [name, version])
      .sort(),
  );
  const twin = clusters.find(({ cluster }) => cluster.name === "outbound|9000||twin.shop.global");
  expect(twin?.cluster).toMatchObject({ "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", type: "EDS" });
  const listeners = configs[2]?.dynamicListeners as { name: string; activeState: { listener: unknown } }[];
  expect(listeners.map(({ name }) => name).sort()).toEqual(
    sent("v3.Listener")
      .map(({ name }) => name)
      .sort(),
  );
  expect(listeners[0]?.activeState.listener).toMatchObject({
    name: listeners[0]?.name,
    filterChains: expect.any(Array),
  });
  expect(configs[5]).toEqual({ "@type": type("Secrets") });
  expect(await get("edsz?proxyID=cashier")).toEqual([]);
  const all = await get<{ configs: Record<string, unknown>[] }>("config_dump?proxyID=cashier.shop&include_eds=true");
  expect(all.configs[2]).toEqual({ "@type": type("Endpoints"), dynamicEndpointConfigs: [] });
});

test("edsz gives the load assignments of a proxy that asked for them", async () => {
  using client = openDelta({ target: mesh.listening.xdsPlaintext ?? "", ...sidecarOf("clerk", "shop") });
  client.subscribe("clusterLoadAssignment", "outbound|9000||twin.shop.global");
  await until("it has endpoints", () => client.responses.length > 0);
  const found = await get<{ clusterName: string }[]>("edsz?proxyID=clerk.shop");
  const twin = found.find(({ clusterName }) => clusterName === "outbound|9000||twin.shop.global");
  expect(twin).toMatchObject({ endpoints: [{ lbEndpoints: [expect.any(Object)] }] });
  expect(twin).not.toHaveProperty("@type");
});

test.each([
  ["config_dump", 400],
  ["edsz", 400],
  ["config_dump?proxyID=nobody.shop", 404],
  ["edsz?proxyID=nobody%0a.shop", 404],
])("%s is answered with %d, and says why", async (path, expected) => {
  const { status, json } = await ask(mesh.adminSocket, `/debug/${path}`);
  expect([status, json()]).toEqual([expected, { error: expect.stringMatching(/prox/), code: expect.any(String) }]);
});

test("mesh gives the settings in effect, in the form in which they are written", async () => {
  expect(await get("mesh")).toEqual({
    trustDomain: "shop.example",
    rootNamespace: "istio-system",
    portolan: {
      mode: "bind",
      ownedSuffixes: ["global"],
      serviceCidrs: ["10.0.0.0/8"],
      bindPool: "127.255.0.0/16",
      capturePool: "240.240.0.0/16",
    },
  });
});
