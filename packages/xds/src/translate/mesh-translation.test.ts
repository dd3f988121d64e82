import { keyOf } from "@portolan/model";
import { describe, expect, test } from "vitest";
import type { ViewId } from "../snapshot/ids.ts";
import { addressesIn, contentOf, createMesh, follow, gatewayOf, sidecarOf } from "./testing/mesh.ts";
import { entry, gateway, injected, networks, pod, rule, service, sidecar } from "./testing/objects.ts";

const machines = networks({ east: ["192.0.2.1"], west: ["192.0.2.2"] });

function many(count: number, namespaceOf: (index: number) => string = () => "shop") {
  return Array.from({ length: count }, (_, index) => manyEntry(index, namespaceOf(index)));
}

function manyEntry(index: number, namespace: string, host = 1) {
  const name = `service-${index}`;
  return entry({
    host: `${name}.${namespace}.global`,
    namespace,
    endpoints: [{ address: `10.1.${index % 250}.${host}`, network: index % 2 === 0 ? "east" : "west", account: "a" }],
  });
}

/** Thousands of services take their time on a busy machine. */
const slow = 60_000;

describe("counted", () => {
  test("with 2,000 services, editing one endpoint is one translation and one encoding for each client network", {
    timeout: slow,
  }, () => {
    const { mesh, translation, sent } = follow(createMesh(machines, ...many(2000)));
    const clients = ["", "east", "west"].flatMap((network, index) =>
      ["shop", "films"].map((namespace) => sidecarOf(namespace, `10.9.0.${index}`, { NETWORK: network })),
    );
    for (const client of clients) translation.viewFor(client);
    const before = translation.counts();
    sent();
    mesh.edit([manyEntry(7, "shop", 99)]);
    const after = translation.counts();
    for (const counts of ["translated", "encoded"] as const) {
      expect(after[counts].endpoints - before[counts].endpoints).toBe(3);
      expect({ ...after[counts], endpoints: 0 }).toEqual({ ...before[counts], endpoints: 0 });
    }
    // For clients of `east` and of no network the endpoint stands behind the gateway of `west`: nothing differs for them.
    expect(sent()).toEqual(["ClusterLoadAssignment outbound|8000||service-7.shop.global"]);
  });

  test("1,000 services in 20 namespaces, clients in 3 networks: at most 3,000 load assignments are encoded", {
    timeout: slow,
  }, () => {
    const namespaceOf = (index: number) => `ns-${index % 20}`;
    // Each namespace has a rule about its own service, which everybody follows.
    const rules = Array.from({ length: 20 }, (_, index) =>
      rule({ host: `service-${index}.ns-${index}.global`, namespace: `ns-${index}`, pool: { maxConnections: 5 } }),
    );
    const { translation } = follow(createMesh(machines, ...many(1000, namespaceOf), ...rules));
    for (let index = 0; index < 20; index++) {
      for (const network of ["", "east", "west"]) {
        translation.viewFor(sidecarOf(`ns-${index}`, `10.9.${index}.1`, { NETWORK: network }));
      }
    }
    const { encoded } = translation.counts();
    expect(encoded.endpoints).toBe(3000);
    expect(encoded.cluster).toBe(1000);
    expect(encoded.listener).toBe(1000);
    expect(encoded.route).toBe(1000);
  });

  test("clients that follow different rules do not make each other's work be done again", () => {
    const target = manyEntry(1, "shop");
    const [host = ""] = target.hosts;
    const rules = ["films", "books"].map((namespace) =>
      rule({ host, namespace, subsets: { v1: { version: namespace } }, pool: { maxConnections: 1 } }),
    );
    const { mesh, translation } = follow(createMesh(target, ...rules));
    for (const namespace of ["films", "books", "shop"]) translation.viewFor(sidecarOf(namespace, "10.9.0.1"));
    const before = translation.counts();
    mesh.edit([manyEntry(1, "shop", 2)]);
    const after = translation.counts();
    expect(after.translated.cluster - before.translated.cluster).toBe(0);
    // All endpoints once, and the subset once for each rule that defines it.
    expect(after.translated.endpoints - before.translated.endpoints).toBe(3);
    // Everything is looked at, and nothing made again.
    mesh.edit([rule({ host: "other.example.com" })]);
    expect(translation.counts()).toEqual(after);
  });

  test("nothing is translated while there are no proxies", () => {
    const { mesh, translation } = follow(createMesh(...many(10)));
    mesh.edit([manyEntry(3, "shop", 2)]);
    const { translated } = translation.counts();
    expect(Object.values(translated).reduce((sum, count) => sum + count)).toBe(0);
  });

  test("an edit that says the same again translates nothing", () => {
    const { mesh, translation, sent } = follow(createMesh(...many(10)));
    translation.viewFor(sidecarOf("shop", "10.9.0.1"));
    sent();
    const before = translation.counts();
    mesh.edit([manyEntry(3, "shop")]);
    expect(translation.counts()).toEqual(before);
    expect(sent()).toEqual([]);
  });

  test("a scope that no proxy has is given up, and what only it held is translated anew for the next one", () => {
    const { translation, store } = follow(createMesh(...many(5)));
    const client = sidecarOf("shop", "10.9.0.1");
    const view = translation.viewFor(client);
    expect(translation.viewFor(client)).toBe(view);
    translation.release(view);
    expect(store.resources(view)).toHaveLength(4 * 5);
    translation.release(view);
    expect(store.resources(view)).toBeUndefined();
    expect(store.views()).toEqual([]);
    const { encoded } = translation.counts();
    translation.viewFor(client);
    expect(translation.counts().encoded.cluster).toBe(2 * encoded.cluster);
  });

  test("a proxy that differs in its address only shares all but its inbound side", () => {
    const { translation } = follow(createMesh(...many(5)));
    translation.viewFor(sidecarOf("shop", "10.9.0.1"));
    const before = translation.counts();
    translation.viewFor(sidecarOf("shop", "10.9.0.2"));
    expect(translation.counts()).toEqual(before);
  });
});

describe("clients that ask for load assignments alone", () => {
  const objects = [
    injected("shop"),
    service({ name: "till" }),
    pod({ name: "till-1", address: "10.9.0.1", labels: { app: "till" } }),
    pod({ name: "till-2", address: "10.9.0.2", labels: { app: "till" } }),
  ];
  const clients = [sidecarOf("shop", "10.9.0.1"), sidecarOf("shop", "10.9.0.2")] as const;
  const none = { cluster: 0, listener: 0, route: 0, inbound: 0 };

  test("W5 share one view, and no listener, cluster or way into them is translated, also when the mesh changes", () => {
    const { mesh, store, translation } = follow(createMesh(...objects));
    const [one, two] = clients.map((client) => translation.endpointsViewFor(client));
    expect(one).toBe(two);
    expect(Object.keys(contentOf(store, one as ViewId))).toEqual([
      "ClusterLoadAssignment outbound|8000||till.shop.svc.cluster.local",
    ]);
    mesh.edit([sidecar("shop", ["./*"]), service({ name: "door", selector: { app: "till" } })]);
    expect(Object.keys(contentOf(store, one as ViewId))).toHaveLength(2);
    expect(translation.counts().translated).toMatchObject(none);
  });

  test("W5 the way into a proxy is translated when it asks for what it is made of, and for no other proxy", () => {
    const { store, translation, sent } = follow(createMesh(...objects));
    const [client] = clients;
    const former = translation.endpointsViewFor(client) as ViewId;
    translation.endpointsViewFor(clients[1]);
    const { endpoints } = translation.counts().translated;
    sent();
    const view = translation.viewFor(client);
    translation.release(former);
    expect(sent().filter((name) => / inbound\||virtualInbound/.test(name))).toEqual([
      "Cluster inbound|8000||",
      "Listener virtualInbound",
    ]);
    expect(translation.counts().translated).toMatchObject({ endpoints, inbound: 2 });
    translation.release(former);
    expect(store.views().map((each) => each.view)).toEqual([view]);
  });

  test("gateways have no view of load assignments alone", () => {
    const { translation } = follow(createMesh(...objects));
    expect(translation.endpointsViewFor(gatewayOf("east"))).toBeUndefined();
  });
});

describe("what a change sends", () => {
  test("a new service is one cluster, one load assignment, one listener and one route", () => {
    const { mesh, translation, sent } = follow(createMesh(...many(3)));
    translation.viewFor(sidecarOf("shop", "10.9.0.1"));
    sent();
    mesh.edit([entry({ host: "new.example.com", addresses: ["127.255.9.9"], endpoints: [{ address: "10.0.0.1" }] })]);
    expect(sent().sort()).toEqual([
      "Cluster outbound|8000||new.example.com",
      "ClusterLoadAssignment outbound|8000||new.example.com",
      "Listener 127.255.9.9_8000",
      "RouteConfiguration 127.255.9.9:8000",
    ]);
  });

  test("0.51 a removed service is withdrawn from the proxies that have it", () => {
    const gone = entry({ host: "gone.example.com", addresses: ["127.255.9.9"], endpoints: [{ address: "10.0.0.1" }] });
    const { mesh, store, translation, sent } = follow(createMesh(gone, ...many(2)));
    const view = translation.viewFor(sidecarOf("shop", "10.9.0.1"));
    sent();
    mesh.edit([], [keyOf(gone)]);
    expect(sent().sort()).toEqual([
      "-Cluster outbound|8000||gone.example.com",
      "-ClusterLoadAssignment outbound|8000||gone.example.com",
      "-Listener 127.255.9.9_8000",
      "-RouteConfiguration 127.255.9.9:8000",
    ]);
    expect(Object.keys(contentOf(store, view)).filter((name) => name.includes("gone"))).toEqual([]);
  });

  test("a service that joins an address changes that address's listener and route and no other", () => {
    const { mesh, translation, sent } = follow(
      createMesh(entry({ host: "a.example.com", addresses: ["127.255.9.9"] })),
    );
    translation.viewFor(sidecarOf("shop", "10.9.0.1"));
    sent();
    mesh.edit([entry({ host: "a.example.com", hosts: ["b.example.com"], addresses: ["127.255.9.9"] })]);
    expect(sent().filter((name) => name.startsWith("RouteConfiguration") || name.startsWith("Listener"))).toEqual([
      "RouteConfiguration 127.255.9.9:8000",
    ]);
  });

  test("a Sidecar that appears moves its proxies to a scope of their own and leaves the others alone", () => {
    const { mesh, store, translation } = follow(createMesh(...many(4)));
    const restricted = translation.viewFor(sidecarOf("films", "10.9.0.1"));
    const other = translation.viewFor(sidecarOf("shop", "10.9.0.2"));
    const before = contentOf(store, other);
    const { encoded } = translation.counts();
    mesh.edit([sidecar("films", ["shop/service-1.shop.global"])]);
    expect(Object.keys(contentOf(store, restricted)).filter((name) => name.startsWith("Cluster "))).toEqual([
      "Cluster outbound|8000||service-1.shop.global",
    ]);
    expect(contentOf(store, other)).toEqual(before);
    expect(translation.counts().encoded).toEqual(encoded);
  });

  test("a rule of a client's namespace changes what its clients get, not what others get", () => {
    const { mesh, store, translation, sent } = follow(createMesh(...many(3)));
    const films = translation.viewFor(sidecarOf("films", "10.9.0.1"));
    const shop = translation.viewFor(sidecarOf("shop", "10.9.0.2"));
    const before = contentOf(store, shop);
    sent();
    mesh.edit([rule({ host: "service-1.shop.global", namespace: "films", pool: { maxConnections: 7 } })]);
    expect(contentOf(store, shop)).toEqual(before);
    expect(contentOf(store, films)["Cluster outbound|8000||service-1.shop.global"]).toMatchObject({
      circuitBreakers: { thresholds: [{ maxConnections: 7 }] },
    });
  });
});

describe("the SNI gateway", () => {
  const reviews = service({ name: "reviews" });
  const front = entry({
    host: "reviews.shop.global",
    resolution: "DNS",
    endpoints: [{ address: "192.0.2.1", ports: { "p-8000": 15443 } }],
  });
  const sni = gateway({ 15443: ["*.global", "*.svc.cluster.local"] });
  const workload = (name: string, network: string, address: string) =>
    pod({ name, network, address, labels: { app: "reviews" } });

  test("0.24 its listener is constant: a service that is added sends one cluster and its endpoints", () => {
    const { mesh, translation, sent } = follow(
      createMesh(machines, injected("shop"), sni, reviews, workload("one", "east", "10.1.0.1")),
    );
    translation.viewFor(gatewayOf("east"));
    expect(sent()).toContain("Listener 192.0.2.1_15443");
    mesh.edit([front]);
    expect(sent().sort()).toEqual([
      "Cluster outbound_.8000_._.reviews.shop.global",
      "ClusterLoadAssignment outbound_.8000_._.reviews.shop.global",
    ]);
  });

  test("0.53 0.25 the endpoints behind an SNI are those of the gateway's own network", () => {
    const { mesh, store, translation } = follow(
      createMesh(
        machines,
        injected("shop"),
        sni,
        reviews,
        front,
        workload("one", "east", "10.1.0.1"),
        workload("two", "west", "10.2.0.1"),
      ),
    );
    const view = translation.viewFor(gatewayOf("east"));
    const endpoints = () =>
      addressesIn(contentOf(store, view)["ClusterLoadAssignment outbound_.8000_._.reviews.shop.global"]);
    expect(endpoints()).toEqual(["10.1.0.1:15006"]);
    mesh.edit([workload("three", "east", "10.1.0.3")]);
    expect(endpoints()).toEqual(["10.1.0.1:15006", "10.1.0.3:15006"]);
  });

  test("0.33 a host that no entry declares has no cluster there, and no route at a machine", () => {
    const { store, translation } = follow(
      createMesh(machines, injected("shop"), sni, reviews, workload("one", "east", "10.1.0.1")),
    );
    const names = [gatewayOf("east"), sidecarOf("machines", "10.9.0.1")]
      .map((one) => translation.viewFor(one))
      .flatMap((view) => Object.keys(contentOf(store, view)));
    expect(names.filter((name) => name.includes("reviews.shop.global"))).toEqual([]);
    expect(names).toContain("Cluster outbound_.8000_._.reviews.shop.svc.cluster.local");
  });

  test("0.17 the control plane is one more chain, by its own SNI", () => {
    const { store, translation } = follow(createMesh(machines, sni));
    const content = contentOf(store, translation.viewFor(gatewayOf("east")));
    expect(content["Listener 192.0.2.1_15443"]).toMatchObject({
      filterChains: [
        { filterChainMatch: { serverNames: ["*.global", "*.svc.cluster.local"] } },
        { filterChainMatch: { serverNames: ["istiod.istio-system.svc"] } },
      ],
    });
    expect(
      addressesIn(
        (content["Cluster outbound|15012||istiod.istio-system.svc"] as { loadAssignment: object })
          .loadAssignment as never,
      ),
    ).toEqual(["127.0.0.1:15012"]);
  });
});

describe("the way into a workload", () => {
  const objects = [
    injected("shop"),
    service({ name: "reviews", ports: ["HTTP:8000:8888", "TCP:3306"] }),
    pod({ name: "one", address: "10.1.0.1", labels: { app: "reviews" } }),
  ];
  const inbound = (ports: string | undefined) => {
    const { store, translation } = follow(createMesh(...objects));
    const workload = sidecarOf("shop", "10.1.0.1", ports === undefined ? {} : { INBOUND_PORTS: ports });
    const names = Object.keys(contentOf(store, translation.viewFor(workload)));
    return {
      names: names
        .filter((name) => name.includes("nbound|") && name.startsWith("Cluster in"))
        .concat(names.filter((name) => name === "Listener virtualInbound")),
      problems: translation.problemsOf(workload).map(({ code, message }) => `${code} ${message}`),
    };
  };

  test("0.10 no inbound ports: no inbound listener is sent", () => {
    expect(inbound("").names).toEqual([]);
  });

  test("0.11 4.40 the ports served are those listed; one that no service names is reported", () => {
    expect(inbound("8888,7777").names).toEqual(["Cluster inbound|8888||", "Listener virtualInbound"]);
    expect(inbound("8888,7777").problems).toEqual([
      'PTL1504 port 7777 is to be served, and no service of namespace "shop" names it for 10.1.0.1',
    ]);
    expect(inbound(undefined).names).toEqual([
      "Cluster inbound|3306||",
      "Cluster inbound|8888||",
      "Listener virtualInbound",
    ]);
  });
});
