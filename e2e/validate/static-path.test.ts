import { connect } from "node:net";
import { loadCertificateAuthority } from "@portolan/identity";
import type { MeshSnapshot } from "@portolan/model";
import { formatSni, type Hostname, type PortNumber, type ProxyView, serviceAddresses } from "@portolan/model";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createMesh, objectsOfYaml } from "../goldens/mesh-of-yaml.ts";
import { proxyOf } from "../goldens/proxy.ts";
import { resourcesOf, translate } from "../goldens/resources-of-view.ts";
import { startApplication } from "../testing/application.ts";
import { call, callerOf } from "../testing/call.ts";
import { describeWithEnvoy } from "../testing/needs-envoy.ts";
import {
  istioObject,
  meshConfigMap,
  namespaceObject,
  podObject,
  serviceObject,
  sniGatewayObject,
  yamlOf,
} from "../testing/objects.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { probeTls } from "../testing/tls-probe.ts";
import { startStatic } from "./static-envoy.ts";

const GATEWAY = "127.0.6.1";
const MACHINE = "127.0.7.2";
const WORKLOADS = ["127.0.6.11", "127.0.6.12"];
/** Says that it serves `ratings`, with the certificate of somebody else. */
const IMPOSTOR = "127.0.6.13";
const PORT = 18_080;

const shop = podsOf("reviews", "shop", WORKLOADS);
const yaml = yamlOf([
  meshConfigMap({}, [
    { name: "east", blocks: ["127.0.6.0/24"], gateways: [GATEWAY] },
    { name: "machines", blocks: [`${MACHINE}/32`], gateways: [] },
  ]),
  namespaceObject("shop", { injected: true, network: "east" }),
  sniGatewayObject("sni", "istio-system", { istio: "gateway" }),
  istioObject("Gateway", "edge", "istio-system", {
    selector: { istio: "gateway" },
    servers: [{ port: { number: 18_081, name: "http", protocol: "HTTP" }, hosts: ["*.shop.svc.cluster.local"] }],
  }),
  serviceObject({
    name: "reviews",
    namespace: "shop",
    selector: { app: "reviews" },
    ports: [
      { name: "http", port: 8000, targetPort: PORT },
      { name: "tcp-raw", port: 9000, targetPort: PORT },
    ],
  }),
  ...shop,
  serviceObject({
    name: "ratings",
    namespace: "shop",
    selector: { app: "ratings" },
    ports: [{ name: "http", port: 8000, targetPort: PORT }],
  }),
  ...podsOf("ratings", "shop", [IMPOSTOR]),
  istioObject("ServiceEntry", "reviews", "shop", {
    hosts: ["reviews.shop.global"],
    location: "MESH_INTERNAL",
    resolution: "DNS",
    ports: [
      { name: "http", number: 8000, protocol: "HTTP" },
      { name: "raw", number: 9000, protocol: "TCP" },
    ],
    endpoints: [{ address: GATEWAY, ports: { http: 15443, raw: 15443 } }],
  }),
]);

function podsOf(app: string, namespace: string, addresses: readonly string[]) {
  return addresses.map((address, index) =>
    podObject({ name: `${app}-${index}`, namespace, serviceAccount: app, address, labels: { app }, ports: [PORT] }),
  );
}

function sidecar(name: string, namespace: string, address: string, metadata: Record<string, string>): ProxyView {
  return proxyOf({ id: `sidecar~${address}~${name}.${namespace}~${namespace}.svc.cluster.local`, metadata });
}

const gateway = proxyOf({
  id: `router~${GATEWAY}~gateway.istio-system~istio-system.svc.cluster.local`,
  metadata: { NETWORK: "east", LABELS: { istio: "gateway" } },
});
const machine = sidecar("machine", "machines", MACHINE, {
  NETWORK: "machines",
  INBOUND_PORTS: "",
  SERVICE_ACCOUNT: "vm",
});
const workloads = WORKLOADS.map((address, index) =>
  sidecar(`reviews-${index}`, "shop", address, { NETWORK: "east", SERVICE_ACCOUNT: "reviews" }),
);

const impostor = sidecar("impostor", "shop", IMPOSTOR, { NETWORK: "east", SERVICE_ACCOUNT: "impostor" });

describeWithEnvoy("what is translated carries calls, from files, without a control plane", () => {
  const running = new AsyncDisposableStack();
  let mesh: MeshSnapshot;

  beforeAll(async () => {
    const folder = running.use(await temporaryFolder());
    const { authority } = await loadCertificateAuthority(`${folder.path}/ca`);
    const edited = createMesh(objectsOfYaml(yaml).objects);
    mesh = edited.snapshot;
    const translated = translate(edited);
    for (const [index, address] of WORKLOADS.entries()) {
      running.use(await startApplication(`reviews-${index}`, address, PORT));
    }
    running.use(await startApplication("impostor", IMPOSTOR, PORT));
    for (const proxy of [gateway, machine, impostor, ...workloads]) {
      const resources = resourcesOf(translated, proxy);
      // Workloads call nobody here; their listeners would take the machine's addresses on this host.
      const listeners =
        proxy === impostor || workloads.includes(proxy)
          ? resources.listeners.filter(({ name }) => name === "virtualInbound")
          : resources.listeners;
      running.use(await startStatic(folder, proxy.name, { ...resources, listeners }, authority, proxy.identity));
    }
  });
  afterAll(() => running.disposeAsync());

  function vip(host: string): string {
    const [id] = mesh.servicesByHost.get(host as Hostname) ?? [];
    const service = id === undefined ? undefined : mesh.services.get(id);
    const [address] = service === undefined ? [] : serviceAddresses(mesh, service, "bind");
    if (address === undefined) throw new Error(`${host} has no address`);
    return address;
  }

  test("0.42 0.46 a call from the machine goes through the gateway to the workload, under the machine's identity", async () => {
    const answer = await call(vip("reviews.shop.global"), 8000, "reviews.shop.global");
    expect(answer).toMatchObject({ status: 200, server: "envoy" });
    expect(callerOf("page" in answer ? answer.page : undefined)).toBe("spiffe://cluster.local/ns/machines/sa/vm");
  });

  test("0.48 a mesh name is reached in the same way, and so is plain TCP", async () => {
    const host = "reviews.shop.svc.cluster.local";
    expect(await call(vip(host), 8000, host)).toMatchObject({ status: 200, server: "envoy" });
    expect(await call(vip("reviews.shop.global"), 9000, "reviews.shop.global")).toMatchObject({
      status: 200,
      server: "",
    });
  });

  test("a workload with another identity than the service's endpoints have is not believed", async () => {
    const host = "ratings.shop.svc.cluster.local";
    expect(await call(vip(host), 8000, host)).toMatchObject({ status: 503 });
  });

  test("4.50 the ingress leads plain HTTP to the service by Host, and others nowhere", async () => {
    expect(await call(GATEWAY, 18_081, "reviews.shop.svc.cluster.local")).toMatchObject({ status: 200 });
    expect(await call(GATEWAY, 18_081, "other.shop.svc.cluster.local")).toMatchObject({ status: 404 });
  });

  test("0.44 what names no open service, and plaintext, is closed at the gateway and at a workload", async () => {
    const sni = (hostname: string, port: number) =>
      formatSni({ hostname: hostname as Hostname, port: port as PortNumber, subset: "" });
    const open = sni("reviews.shop.global", 8000);
    expect(await probeTls(GATEWAY, 15443, open)).toMatchObject({ kind: "certificate" });
    for (const name of [
      sni("reviews.shop.global", 8001),
      sni("none.shop.global", 8000),
      `${open}.`,
      "reviews.shop.global",
      "",
    ]) {
      expect(await probeTls(GATEWAY, 15443, name)).toMatchObject({ kind: "closed" });
      expect(await probeTls(WORKLOADS[0]!, 15006, name)).toMatchObject({ kind: "closed" });
    }
    for (const [address, port] of [
      [GATEWAY, 15443],
      [WORKLOADS[0]!, 15006],
    ] as const) {
      expect(await plaintext(address, port)).toBe("");
    }
  });
});

/** What comes back for an HTTP request in plaintext, until the other side closes. */
function plaintext(address: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, address, () => socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n"));
    let text = "";
    socket.setEncoding("latin1").on("data", (part: string) => {
      text += part;
    });
    socket.once("error", () => resolve(text));
    socket.once("close", () => resolve(text));
  });
}
