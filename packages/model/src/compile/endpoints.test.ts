import { describe, expect, test } from "vitest";
import type { ServiceId } from "../names.ts";
import { keyOf, type MeshObject } from "../object/object.ts";
import type { Endpoint } from "../snapshot/endpoint.ts";
import type { MeshSnapshot } from "../snapshot/mesh-snapshot.ts";
import {
  endpoints,
  meshConfig,
  meshNetworks,
  namespace,
  pod,
  service,
  serviceEntry,
  workloadEntry,
} from "../testing/build.ts";
import { edited, meshOf } from "../testing/mesh.ts";

const injected = namespace("shop", { "istio-injection": "enabled" });
const REVIEWS = "shop/reviews.shop.svc.cluster.local" as ServiceId;

function endpointsIn(mesh: MeshSnapshot, id: string = REVIEWS): readonly Endpoint[] {
  return mesh.endpoints.get(id as ServiceId)?.endpoints ?? [];
}

/** `address name=port,... transport`, with `!` where it is not healthy. */
function lines(mesh: MeshSnapshot, id: string = REVIEWS): string[] {
  return endpointsIn(mesh, id).map(
    ({ address, ports, transport, healthy }) =>
      `${address} ${Array.from(ports, ([name, port]) => `${name}=${port}`).join(",")} ${transport}${healthy ? "" : "!"}`,
  );
}

describe("a Kubernetes Service", () => {
  const reviews = service({ selector: { app: "reviews" }, ports: ["http:80:8080", "grpc:90:rpc"] });
  const labels = { app: "reviews", version: "v1" };

  test("has the Pods that it selects, where there are no Endpoints; a container port may give the target", () => {
    const mesh = meshOf(
      injected,
      reviews,
      pod({ name: "a", labels, address: "10.0.0.2", ports: { rpc: 9090 }, serviceAccount: "reviewer" }),
      pod({ name: "b", labels, address: "10.0.0.1", ready: false }),
      pod({ name: "c", labels: { app: "other" }, address: "10.0.0.3" }),
      pod({ name: "d", labels }),
      pod({ name: "e", namespace: "bank", labels, address: "10.0.0.4" }),
    );
    expect(lines(mesh)).toEqual(["10.0.0.1 http=8080 mtls!", "10.0.0.2 http=8080,grpc=9090 mtls"]);
    const [, second] = endpointsIn(mesh);
    expect(second).toMatchObject({ workload: "Pod/shop/a", weight: 1, labels: new Map(Object.entries(labels)) });
    expect(second?.identity).toBe("spiffe://cluster.local/ns/shop/sa/reviewer");
    expect(mesh.endpoints.get(REVIEWS)?.identities).toEqual([
      "spiffe://cluster.local/ns/shop/sa/default",
      "spiffe://cluster.local/ns/shop/sa/reviewer",
    ]);
  });

  test("0.32 has what its EndpointSlices say, joined with the Pods by reference or by address", () => {
    const mesh = meshOf(
      injected,
      reviews,
      pod({ name: "a", labels, address: "10.0.0.1", serviceAccount: "x" }),
      pod({ name: "b", labels, address: "10.0.0.2", serviceAccount: "y" }),
      pod({ name: "unlisted", labels, address: "10.0.0.3" }),
      endpoints({
        kind: "EndpointSlice",
        name: "reviews-x1",
        service: "reviews",
        ports: { http: 8080, grpc: 9090 },
        addresses: [
          { address: "10.0.0.1", pod: "a", zone: "z1" },
          { address: "10.0.0.2", ready: false },
          { address: "10.7.0.1" },
        ],
      }),
      endpoints({ name: "reviews", addresses: [{ address: "10.0.0.99" }] }),
    );
    expect(lines(mesh)).toEqual([
      "10.0.0.1 http=8080,grpc=9090 mtls",
      "10.0.0.2 http=8080,grpc=9090 mtls!",
      "10.7.0.1 http=8080,grpc=9090 plaintext",
    ]);
    const [first, second, third] = endpointsIn(mesh);
    expect([first?.workload, first?.locality, first?.identity]).toEqual([
      "Pod/shop/a",
      "/z1",
      "spiffe://cluster.local/ns/shop/sa/x",
    ]);
    expect([second?.workload, third?.workload, third?.identity]).toEqual(["Pod/shop/b", undefined, undefined]);
  });

  test("follows a Pod that its Endpoints name", () => {
    const listed = endpoints({ addresses: [{ address: "10.0.0.1", pod: "a" }] });
    const before = meshOf(reviews, listed, pod({ name: "a", labels, address: "10.0.0.1" }));
    expect(lines(before)).toEqual(["10.0.0.1 http=8080 plaintext"]);
    const annotations = { "sidecar.istio.io/inject": "true" };
    const { snapshot, change } = edited(before, {
      upserted: [pod({ name: "a", labels, annotations, address: "10.0.0.1" })],
    });
    expect(lines(snapshot)).toEqual(["10.0.0.1 http=8080 mtls"]);
    expect([...change.endpoints]).toEqual([REVIEWS]);
  });

  test("follows who is at the addresses of Endpoints that name no Pod", () => {
    const before = meshOf(injected, service({}), endpoints({ addresses: [{ address: "10.0.0.1" }] }));
    expect(lines(before)).toEqual(["10.0.0.1 http=8080 plaintext"]);
    const { snapshot } = edited(before, { upserted: [pod({ name: "a", address: "10.0.0.1" })] });
    expect(lines(snapshot)).toEqual(["10.0.0.1 http=8080 mtls"]);
    const moved = edited(snapshot, { upserted: [pod({ name: "a", address: "10.0.0.2" })] });
    expect(lines(moved.snapshot)).toEqual(["10.0.0.1 http=8080 plaintext"]);
  });

  test("has the WorkloadEntries that it selects beside its Endpoints", () => {
    const mesh = meshOf(
      reviews,
      endpoints({ addresses: [{ address: "10.0.0.1" }] }),
      workloadEntry({ labels, address: "10.0.0.9", ports: { grpc: 7070 }, serviceAccount: "vm" }),
      workloadEntry({
        name: "off",
        labels: { ...labels, "security.istio.io/tlsMode": "disabled" },
        address: "10.0.0.8",
      }),
    );
    expect(lines(mesh)).toEqual([
      "10.0.0.1 http=8080 plaintext",
      "10.0.0.8 http=8080,grpc=90 plaintext",
      "10.0.0.9 http=8080,grpc=7070 mtls",
    ]);
    expect(endpointsIn(mesh)[2]).toMatchObject({
      workload: "WorkloadEntry/shop/machine",
      identity: "spiffe://cluster.local/ns/shop/sa/vm",
    });
  });

  test("of type ExternalName stands for that name", () => {
    const mesh = meshOf(service({ externalName: "www.example.org", ports: ["https:443"] }));
    expect(lines(mesh)).toEqual(["www.example.org https=443 plaintext"]);
    expect(mesh.services.get(REVIEWS)).toMatchObject({ resolution: "DNS", location: "MESH_EXTERNAL" });
  });

  test("gets the endpoints of a ServiceEntry with its host: how a machine's server is registered", () => {
    const registered = [
      service({ name: "page", ports: ["http:8888"] }),
      serviceEntry({
        name: "mesh-expansion-page",
        hosts: ["page.shop.svc.cluster.local"],
        ports: ["web:8888"],
        endpoints: [{ address: "10.2.0.1" }],
      }),
    ];
    const mesh = meshOf(...registered);
    const id = "shop/page.shop.svc.cluster.local" as ServiceId;
    expect(mesh.services.get(id)).toMatchObject({ kind: "service", owner: "Service/shop/page" });
    expect(lines(mesh, id)).toEqual(["10.2.0.1 http=8888 mtls"]);
    expect(mesh.inbound.get("shop/10.2.0.1" as never)).toEqual([
      { service: id, hostname: "page.shop.svc.cluster.local", port: 8888, targetPort: 8888 },
    ]);
    expect(mesh.problems.size).toBe(0);
    const gone = edited(mesh, { removed: registered.map(keyOf) });
    expect([gone.snapshot.services.size, gone.snapshot.inbound.size]).toEqual([0, 0]);
    expect([...gone.change.endpoints]).toEqual([id]);
  });
});

describe("0.56 injection", () => {
  const cases: [string, Record<string, string>, Record<string, string>, Record<string, string>, boolean][] = [
    ["the namespace's label", { "istio-injection": "enabled" }, {}, {}, true],
    ["a disabled namespace", { "istio-injection": "disabled" }, {}, {}, false],
    ["nothing said", {}, {}, {}, false],
    [
      "the workload's annotation wins",
      { "istio-injection": "enabled" },
      { "sidecar.istio.io/inject": "false" },
      {},
      false,
    ],
    ["the annotation alone", {}, { "sidecar.istio.io/inject": "true" }, {}, true],
    ["the label alone", {}, {}, { "sidecar.istio.io/inject": "true" }, true],
  ];
  test.each(cases)("%s", (_, ofNamespace, annotations, labels, expected) => {
    const mesh = meshOf(namespace("shop", ofNamespace), pod({ annotations, labels, address: "10.0.0.1" }));
    expect(mesh.workloads.get("Pod/shop/reviews-1" as never)?.injected).toBe(expected);
  });
});

describe("a ServiceEntry", () => {
  test("an endpoint's port is its own, else the targetPort, else the number", () => {
    const mesh = meshOf(
      serviceEntry({
        hosts: ["db.example"],
        ports: ["http:80:8080", "tcp:90"],
        endpoints: [{ address: "10.0.0.1", ports: { http: 1, tcp: 2 } }, { address: "10.0.0.2" }],
      }),
    );
    expect(lines(mesh, "shop/db.example")).toEqual(["10.0.0.1 http=1,tcp=2 mtls", "10.0.0.2 http=8080,tcp=90 mtls"]);
  });

  test("MESH_EXTERNAL endpoints have no Envoy, nor identity, nor a mesh network unless they name one", () => {
    const labels = { "topology.istio.io/network": "n2" };
    const mesh = meshOf(
      namespace("shop", { "topology.istio.io/network": "n1" }),
      serviceEntry({
        hosts: ["db.example"],
        location: "MESH_EXTERNAL",
        endpoints: [{ address: "10.0.0.1" }, { address: "10.0.0.2", labels }],
      }),
    );
    expect(endpointsIn(mesh, "shop/db.example")).toMatchObject([
      { transport: "plaintext", network: "", identity: undefined },
      { transport: "plaintext", network: "n2", identity: undefined },
    ]);
  });

  test("without a service account the identity is unknown, and so is who serves the service", () => {
    const [named, unnamed] = [{ address: "10.0.0.1", serviceAccount: "x" }, { address: "10.0.0.2" }];
    const identitiesOf = (...endpoints: { address: string; serviceAccount?: string }[]) =>
      meshOf(serviceEntry({ hosts: ["cart.example"], endpoints })).endpoints.get("shop/cart.example" as ServiceId)
        ?.identities;
    expect(identitiesOf(named)).toEqual(["spiffe://cluster.local/ns/shop/sa/x"]);
    expect(identitiesOf(unnamed)).toEqual([]);
    expect(identitiesOf(named, unnamed)).toEqual([]);
  });

  test("selects Pods and WorkloadEntries of its namespace", () => {
    const app = { app: "cart" };
    const entry = serviceEntry({ hosts: ["cart.example"], ports: ["http:80:8080"], selector: app });
    const objects: MeshObject[] = [
      entry,
      workloadEntry({ name: "one", labels: app, address: "10.0.0.1", ports: { http: 7000 } }),
      workloadEntry({ name: "else", namespace: "bank", labels: app, address: "10.0.0.2" }),
      pod({ labels: app, address: "10.0.0.3" }),
    ];
    const mesh = meshOf(...objects);
    expect(lines(mesh, "shop/cart.example")).toEqual(["10.0.0.1 http=7000 mtls", "10.0.0.3 http=8080 plaintext"]);
    const moved = workloadEntry({ name: "one", labels: { app: "basket" }, address: "10.0.0.1" });
    const { snapshot } = edited(mesh, { upserted: [moved] });
    expect(lines(snapshot, "shop/cart.example")).toEqual(["10.0.0.3 http=8080 plaintext"]);
  });

  test("with resolution DNS and no endpoints resolves its own name, unless that is a name of the mesh", () => {
    const mesh = meshOf(
      serviceEntry({
        hosts: ["www.example.org", "reviews.shop.global"],
        location: "MESH_EXTERNAL",
        resolution: "DNS",
      }),
    );
    expect(lines(mesh, "shop/www.example.org")).toEqual(["www.example.org http=80 plaintext"]);
    expect(lines(mesh, "shop/reviews.shop.global")).toEqual([]);
  });

  test("two objects of one host: the first by key defines it, both give endpoints", () => {
    const mesh = meshOf(
      serviceEntry({ name: "b", hosts: ["db.example"], ports: ["tcp:1"], endpoints: [{ address: "10.0.0.2" }] }),
      serviceEntry({ name: "a", hosts: ["db.example"], ports: ["sql:1"], endpoints: [{ address: "10.0.0.1" }] }),
    );
    expect(mesh.services.get("shop/db.example" as ServiceId)?.owner).toBe("ServiceEntry/shop/a");
    expect(lines(mesh, "shop/db.example")).toEqual(["10.0.0.1 sql=1 mtls", "10.0.0.2 sql=1 mtls"]);
    expect(mesh.problems.get("ServiceEntry/shop/b" as never)).toMatchObject([{ code: "PTL1113", severity: "warning" }]);
  });
});

describe("networks", () => {
  const networkOf = (mesh: MeshSnapshot, id: string) => endpointsIn(mesh, id).map(({ network }) => network);

  test("the endpoint's own, its label, its namespace's, its block's, the registry's, else the default", () => {
    const networks = meshNetworks({
      wide: { cidrs: ["10.5.0.0/16"] },
      narrow: { cidrs: ["10.5.1.0/24"] },
      rest: { registries: ["Kubernetes"] },
    });
    const entry = (namespaceName: string) =>
      serviceEntry({
        namespace: namespaceName,
        hosts: ["db.example"],
        endpoints: [
          { address: "10.5.0.1", network: "own" },
          { address: "10.5.0.2", labels: { "topology.istio.io/network": "labelled" } },
          { address: "10.5.0.3" },
          { address: "10.5.1.4" },
          { address: "10.6.0.5" },
        ],
      });
    const labelled = namespace("bank", { "topology.istio.io/network": "banks" });
    const mesh = meshOf(networks, labelled, entry("shop"), entry("bank"));
    expect(networkOf(mesh, "shop/db.example")).toEqual(["own", "labelled", "wide", "narrow", "rest"]);
    expect(networkOf(mesh, "bank/db.example")).toEqual(["own", "labelled", "banks", "banks", "banks"]);
    expect(networkOf(meshOf(entry("shop")), "shop/db.example")).toEqual(["own", "labelled", "", "", ""]);
  });

  test("a Service with the network's label and port 15443 gives the network its gateways", () => {
    const east = { "topology.istio.io/network": "east" };
    const gatewayService = service({
      name: "eastwest",
      labels: east,
      ports: ["tls:15443"],
      externalIps: ["192.0.2.2", "192.0.2.1"],
    });
    const mesh = meshOf(gatewayService, service({ name: "plain", labels: east, externalIps: ["192.0.2.9"] }));
    expect(mesh.networks.gateways).toEqual(
      new Map([
        [
          "east",
          [
            { address: "192.0.2.1", port: 15443 },
            { address: "192.0.2.2", port: 15443 },
          ],
        ],
      ]),
    );
  });

  test("a gateway given as a Service's name stands for its external addresses", () => {
    const networks = meshNetworks({
      east: { gateways: ["gw.shop.svc.cluster.local"] },
      west: { gateways: ["gw.example"] },
    });
    const mesh = meshOf(networks, service({ name: "gw", externalIps: ["192.0.2.1"] }));
    expect(mesh.networks.gateways).toEqual(
      new Map([
        ["east", [{ address: "192.0.2.1", port: 15443 }]],
        ["west", [{ address: "gw.example", port: 15443 }]],
      ]),
    );
  });
});

describe("a host of an owned suffix", () => {
  const entry = serviceEntry({
    resolution: "DNS",
    ports: ["http1:80"],
    endpoints: [{ address: "192.0.2.1", ports: { http1: 15443 } }],
  });
  const networks = meshNetworks({ east: { gateways: ["192.0.2.1"] } });
  const reviews = service({ selector: { app: "reviews" } });
  const reviewer = (serviceAccount: string) => pod({ labels: { app: "reviews" }, address: "10.0.0.1", serviceAccount });
  const GLOBAL = "shop/reviews.shop.global" as ServiceId;

  test("its gateway endpoints carry the identities of the Service that it stands for", () => {
    const mesh = meshOf(injected, networks, entry, reviews, reviewer("x"));
    expect(endpointsIn(mesh, GLOBAL)).toMatchObject([
      { address: "192.0.2.1", transport: "gateway", network: "east", ports: new Map([["http1", 15443]]) },
    ]);
    expect(mesh.endpoints.get(GLOBAL)?.identities).toEqual(["spiffe://cluster.local/ns/shop/sa/x"]);
    const { snapshot, change } = edited(mesh, { upserted: [reviewer("y")] });
    expect(snapshot.endpoints.get(GLOBAL)?.identities).toEqual(["spiffe://cluster.local/ns/shop/sa/y"]);
    expect([...change.endpoints].sort()).toEqual([GLOBAL, REVIEWS]);
    expect(snapshot.endpoints.get(GLOBAL)?.endpoints[0]).toBe(mesh.endpoints.get(GLOBAL)?.endpoints[0]);
  });

  test("its identities are unknown where the Service is elsewhere", () => {
    expect(meshOf(networks, entry).endpoints.get(GLOBAL)?.identities).toEqual([]);
  });

  test("an address that serves every port at 15443 is a gateway, also where no mesh network names it", () => {
    expect(endpointsIn(meshOf(entry), GLOBAL)).toMatchObject([{ transport: "gateway", network: "" }]);
  });

  test("follows the trust domain and the owned suffixes of MeshConfig", () => {
    const config = meshConfig({ trustDomain: "td", ownedSuffixes: ["mesh"] });
    const mesh = meshOf(injected, networks, entry, reviews, reviewer("x"), config);
    expect(mesh.endpoints.get(REVIEWS)?.identities).toEqual(["spiffe://td/ns/shop/sa/x"]);
    expect(mesh.endpoints.get(GLOBAL)?.identities).toEqual([]);
    const { snapshot } = edited(mesh, { removed: [keyOf(config)] });
    expect(snapshot.endpoints.get(GLOBAL)?.identities).toEqual(["spiffe://cluster.local/ns/shop/sa/x"]);
  });
});

test("inbound holds the ports of all services of the proxy's own namespace, sorted by host and port", () => {
  const labels = { app: "reviews" };
  const mesh = meshOf(
    injected,
    service({ selector: labels, ports: ["http:90:8080", "tcp:80", "dns:53/UDP"] }),
    service({ name: "all", selector: labels }),
    pod({ labels, address: "10.0.0.1" }),
    pod({ name: "bare", labels, annotations: { "sidecar.istio.io/inject": "false" }, address: "10.0.0.2" }),
    serviceEntry({ namespace: "bank", hosts: ["x.example"], endpoints: [{ address: "10.0.0.1" }] }),
  );
  expect(new Map(mesh.inbound)).toEqual(
    new Map([
      [
        "shop/10.0.0.1",
        [
          {
            service: "shop/all.shop.svc.cluster.local",
            hostname: "all.shop.svc.cluster.local",
            port: 80,
            targetPort: 80,
          },
          { service: REVIEWS, hostname: "reviews.shop.svc.cluster.local", port: 80, targetPort: 80 },
          { service: REVIEWS, hostname: "reviews.shop.svc.cluster.local", port: 90, targetPort: 8080 },
        ],
      ],
      ["bank/10.0.0.1", [{ service: "bank/x.example", hostname: "x.example", port: 80, targetPort: 80 }]],
    ]),
  );
});

test("workloads are found by address, also where several share one", () => {
  const mesh = meshOf(pod({ name: "b", address: "10.0.0.1" }), pod({ name: "a", address: "10.0.0.1" }));
  expect(mesh.workloadsByAddress.get("10.0.0.1" as never)).toEqual(["Pod/shop/a", "Pod/shop/b"]);
  const { snapshot } = edited(mesh, { upserted: [pod({ name: "a", address: "10.0.0.2" })] });
  expect(new Map(snapshot.workloadsByAddress)).toEqual(
    new Map([
      ["10.0.0.1", ["Pod/shop/b"]],
      ["10.0.0.2", ["Pod/shop/a"]],
    ]),
  );
});
