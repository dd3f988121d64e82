import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ServiceId } from "../names.ts";
import { applyBatch } from "../snapshot/apply-batch.ts";
import { defaultMeshSettings } from "../snapshot/default-settings.ts";
import { emptySnapshot } from "../snapshot/empty-snapshot.ts";
import type { MeshSnapshot } from "../snapshot/mesh-snapshot.ts";
import {
  destinationRule,
  gateway,
  labels,
  meshConfig,
  meshNetworks,
  namespace,
  network,
  pod,
  service,
  serviceEntry,
  workloadEntry,
} from "../testing/build.ts";
import { meshOf } from "../testing/mesh.ts";
import { meshHistories } from "../testing/random-mesh.ts";
import { createRoutingModel } from "./create-routing-model.ts";
import { servedServerNames } from "./served-hosts.ts";
import { exportedTargets, sniTargets } from "./sni-targets.ts";

const east = network("east");
const reviews = { app: "reviews" };
const base = [
  meshNetworks({
    east: { cidrs: ["10.0.0.0/16"], gateways: ["192.0.2.1"] },
    west: { cidrs: ["10.1.0.0/16"], gateways: ["192.0.2.2", "192.0.2.3"] },
    flat: { cidrs: ["10.2.0.0/16"] },
  }),
  namespace("shop", { "istio-injection": "enabled" }),
  gateway({ hosts: ["*.global", "*.svc.cluster.local"] }),
  service({ selector: reviews, ports: ["http:80:8080", "udp:53/UDP"] }),
  serviceEntry({
    resolution: "DNS",
    ports: ["http1:80", "grpc:90"],
    endpoints: [{ address: "192.0.2.1", ports: { http1: 15443, grpc: 15443 } }],
  }),
  pod({ name: "a", labels: { ...reviews, version: "v1" }, address: "10.0.0.1" }),
  pod({ name: "b", labels: { ...reviews, version: "v2" }, address: "10.0.0.2" }),
  pod({ name: "c", labels: { ...reviews, version: "v3" }, address: "10.1.0.1" }),
  pod({ name: "sick", labels: reviews, address: "10.0.0.4", ready: false }),
  pod({ name: "bare", labels: reviews, annotations: { "sidecar.istio.io/inject": "false" }, address: "10.0.0.3" }),
  destinationRule({
    host: "reviews.shop.svc.cluster.local",
    subsets: { v1: { version: "v1" }, v3: { version: "v3" } },
  }),
  service({ name: "private", selector: reviews, exportTo: ["."] }),
  serviceEntry({ name: "ghost", hosts: ["ghost.shop.global"] }),
  serviceEntry({ name: "outside", hosts: ["db.example"], endpoints: [{ address: "10.0.0.9" }] }),
];
const mesh = meshOf(...base);

describe("an SNI at a network's gateway", () => {
  const at = (sni: string, from: MeshSnapshot = mesh, where = "east", proxyLabels?: Record<string, string>) => {
    const route = createRoutingModel(from).sni(sni, {
      network: network(where),
      labels: proxyLabels === undefined ? undefined : labels(proxyLabels),
    });
    if (route.kind === "closed") return route.reason;
    if (route.kind === "control-plane") return route.kind;
    return `${route.service} ${route.endpoints.map(({ address }) => address).join(",")}`;
  };
  const to = "shop/reviews.shop.svc.cluster.local";

  test.each([
    ["a .global host", "outbound_.80_._.reviews.shop.global", `${to} 10.0.0.1,10.0.0.2`],
    ["a Service", "outbound_.80_._.reviews.shop.svc.cluster.local", `${to} 10.0.0.1,10.0.0.2`],
    ["case is folded", "OUTBOUND_.80_._.Reviews.SHOP.Global", `${to} 10.0.0.1,10.0.0.2`],
    ["a subset", "outbound_.80_.v1_.reviews.shop.global", `${to} 10.0.0.1`],
    ["the control plane", "istiod.istio-system.svc", "control-plane"],
    ["no SNI", "", "no-sni"],
    ["a plain host", "reviews.shop.global", "not-of-the-form"],
    ["a trailing dot", "outbound_.80_._.reviews.shop.global.", "not-of-the-form"],
    ["a trailing dot on the control plane", "istiod.istio-system.svc.", "not-of-the-form"],
    ["a wildcard", "outbound_.80_._.*.shop.global", "not-of-the-form"],
    ["a port with a zero", "outbound_.080_._.reviews.shop.global", "not-of-the-form"],
    ["a host outside", "outbound_.80_._.db.example", "suffix-not-served"],
    ["a suffix that only ends so", "outbound_.80_._.reviews.shopglobal", "suffix-not-served"],
    ["an unknown host", "outbound_.80_._.other.shop.global", "unknown-host"],
    ["a host whose Service is missing", "outbound_.80_._.ghost.shop.global", "unknown-host"],
    ["a private Service", "outbound_.80_._.private.shop.svc.cluster.local", "not-exported"],
    ["a port nobody declares", "outbound_.81_._.reviews.shop.global", "port-not-declared"],
    ["a port that the Service lacks", "outbound_.90_._.reviews.shop.global", "port-not-declared"],
    ["UDP", "outbound_.53_._.reviews.shop.svc.cluster.local", "port-not-declared"],
    ["an unknown subset", "outbound_.80_.v9_.reviews.shop.global", "unknown-subset"],
    ["0.53 a subset that lives in another network", "outbound_.80_.v3_.reviews.shop.global", "no-endpoint-in-network"],
  ])("%s", (_, sni, expected) => {
    expect(at(sni)).toBe(expected);
  });

  test("0.53 only endpoints of the gateway's own network, never back out", () => {
    expect(at("outbound_.80_._.reviews.shop.global", mesh, "west")).toBe(`${to} 10.1.0.1`);
    expect(at("outbound_.80_._.reviews.shop.global", mesh, "flat")).toBe("no-endpoint-in-network");
    const remote = serviceEntry({
      name: "remote",
      hosts: ["reviews.shop.svc.cluster.local"],
      endpoints: [{ address: "192.0.2.2", ports: { http: 15443 }, network: "east" }],
    });
    expect(at("outbound_.80_._.reviews.shop.global", meshOf(...base, remote))).toBe(`${to} 10.0.0.1,10.0.0.2`);
  });

  test("a suffix is open only where a Gateway on 15443 serves it", () => {
    const with_ = (...gateways: Parameters<typeof gateway>[0][]) =>
      meshOf(...base.filter(({ kind }) => kind !== "Gateway"), ...gateways.map((words) => gateway(words)));
    const [global, local] = ["outbound_.80_._.reviews.shop.global", "outbound_.80_._.reviews.shop.svc.cluster.local"];
    const served = `${to} 10.0.0.1,10.0.0.2`;
    const both = (from: MeshSnapshot) => [at(global, from), at(local, from), at("istiod.istio-system.svc", from)];
    expect(both(with_())).toEqual(["suffix-not-served", "suffix-not-served", "suffix-not-served"]);
    expect(both(with_({ hosts: ["*.global"] }))).toEqual([served, "suffix-not-served", "control-plane"]);
    expect(both(with_({ hosts: ["*"] }))).toEqual([served, served, "control-plane"]);
    expect(both(with_({ hosts: ["*"], port: 8443 }))).toEqual(Array(3).fill("suffix-not-served"));
    expect(both(with_({ hosts: ["bank/*", "~/*"] }))).toEqual([
      "suffix-not-served",
      "suffix-not-served",
      "control-plane",
    ]);
    expect(both(with_({ hosts: ["./*"], namespace: "shop" }))[0]).toBe(served);
    expect(both(with_({ hosts: ["reviews.shop.global"] }))).toEqual([served, "suffix-not-served", "control-plane"]);
    const selected = with_({ hosts: ["*.global"], selector: { istio: "gw" } });
    expect(at(global, selected, "east", { istio: "gw" })).toBe(served);
    expect(at(global, selected, "east", { istio: "other" })).toBe("suffix-not-served");
  });

  test("owned suffixes are those of the settings", () => {
    const other = meshOf(...base, meshConfig({ ownedSuffixes: ["mesh"] }), gateway({ name: "more", hosts: ["*"] }));
    expect(at("outbound_.80_._.reviews.shop.global", other)).toBe("suffix-not-served");
  });

  test("the server names of the passthrough chain", () => {
    const names = (...hosts: string[]) => servedServerNames(meshOf(gateway({ hosts })));
    expect(names("*.global", "*.svc.cluster.local", "*.example")).toEqual(["*.global", "*.svc.cluster.local"]);
    expect(names("*")).toEqual(["*.global", "*.svc.cluster.local"]);
    expect(names("*.shop.global", "reviews.bank.global")).toEqual(["*.reviews.bank.global", "*.shop.global"]);
    expect(names("*.local")).toEqual(["*.svc.cluster.local"]);
  });
});

describe("the open SNI names", () => {
  test("are counted a service, whatever its endpoints are", () => {
    const one = mesh.services.get("shop/reviews.shop.global" as ServiceId)!;
    expect(sniTargets(mesh, one)).toMatchObject([
      { sni: "outbound_.80_._.reviews.shop.global", service: "shop/reviews.shop.svc.cluster.local", portName: "http" },
      { sni: "outbound_.80_.v1_.reviews.shop.global", labels: labels({ version: "v1" }) },
      { sni: "outbound_.80_.v3_.reviews.shop.global" },
    ]);
    expect(sniTargets(mesh, one, labels({ any: "gateway" }))).toHaveLength(3);
    expect(sniTargets(mesh, mesh.services.get("shop/db.example" as ServiceId)!)).toEqual([]);
    expect(sniTargets(mesh, mesh.services.get("shop/private.shop.svc.cluster.local" as ServiceId)!)).toEqual([]);
  });

  test("a host that several namespaces define is open once, for the definition that counts", () => {
    const host = "reviews.shop.svc.cluster.local";
    const twice = meshOf(
      ...base,
      serviceEntry({ namespace: "bank", hosts: [host], endpoints: [{ address: "10.0.0.8" }] }),
    );
    expect(sniTargets(twice, twice.services.get(`bank/${host}` as ServiceId)!)).toEqual([]);
    const names = exportedTargets(twice, east).map(({ sni }) => sni);
    expect(names).toEqual([...new Set(names)]);
  });

  test("of 500 random SNIs exactly those that are enumerated are forwarded", () => {
    const open = new Set(exportedTargets(mesh, east).map(({ sni }) => sni));
    expect(open.size).toBe(4);
    const sni = fc.oneof(
      fc
        .tuple(
          fc.constantFrom(80, 81, 90, 53, 65536),
          fc.constantFrom("", "v1", "v2", "v3"),
          fc.constantFrom("reviews", "private", "ghost", "db", "x"),
          fc.constantFrom(".shop", ".bank", ""),
          fc.constantFrom(".global", ".svc.cluster.local", ".example", "."),
        )
        .map(
          ([port, subset, name, at, suffix]) =>
            `outbound_.${port}_.${subset === "" ? "_" : `${subset}_`}.${name}${at}${suffix}`,
        ),
      fc.string(),
    );
    const model = createRoutingModel(mesh);
    fc.assert(
      fc.property(sni, (name) => {
        expect(model.sni(name, { network: east }).kind === "forward").toBe(open.has(name.toLowerCase()));
      }),
      { numRuns: 500, examples: [...open].map((name): [string] => [name]) },
    );
  });

  test("and so in any mesh", () => {
    fc.assert(
      fc.property(meshHistories, (history) => {
        let snapshot = emptySnapshot(defaultMeshSettings());
        for (const [at, step] of history.entries())
          snapshot = applyBatch(snapshot, { revision: at + 1, ...step }).snapshot;
        const model = createRoutingModel(snapshot);
        for (const where of ["", "n1", "n2"].map(network)) {
          const open = new Map(exportedTargets(snapshot, where).map((target) => [target.sni, target]));
          for (const one of snapshot.services.values()) {
            for (const { number } of one.ports) {
              const sni = `outbound_.${number}_._.${one.hostname}`;
              const route = model.sni(sni, { network: where });
              expect(route.kind === "forward" && route.service).toBe(open.get(sni)?.service ?? false);
              if (route.kind === "forward") {
                expect(
                  route.endpoints.every((endpoint) => endpoint.network === where && endpoint.transport === "mtls"),
                ).toBe(true);
              }
            }
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("a host and port for a client", () => {
  const model = createRoutingModel(mesh);
  const hops = (from: MeshSnapshot, host: string, port: number, where: string) => {
    const route = createRoutingModel(from).host(host, port, { network: network(where) });
    if (route.kind === "closed") return route.reason;
    return route.hops.map((hop) =>
      hop.kind === "direct"
        ? `${hop.endpoint.address}:${hop.port}`
        : `${hop.address}:${hop.port} ${hop.sni} of ${hop.network} x${hop.weight}`,
    );
  };
  const SNI = "outbound_.80_._.reviews.shop.svc.cluster.local";

  test("endpoints of the client's own network are dialled, the others through their gateways, which share the weight", () => {
    const host = "reviews.shop.svc.cluster.local";
    expect(hops(mesh, host, 80, "east")).toEqual([
      "10.0.0.1:15006",
      "10.0.0.2:15006",
      "10.0.0.3:8080",
      `192.0.2.2:15443 ${SNI} of west x1`,
      `192.0.2.3:15443 ${SNI} of west x1`,
    ]);
    expect(hops(mesh, host, 80, "flat")).toEqual([
      `192.0.2.1:15443 ${SNI} of east x2`,
      `192.0.2.2:15443 ${SNI} of west x1`,
      `192.0.2.3:15443 ${SNI} of west x1`,
    ]);
    const capture = meshOf(...base, meshConfig({ mode: "capture" }));
    expect(hops(capture, host, 80, "east")[0]).toBe("10.0.0.1:8080");
  });

  test("a gateway that an entry names is dialled with the host's own SNI, from every network", () => {
    for (const where of ["", "east", "flat"]) {
      expect(hops(mesh, "reviews.shop.global", 80, where)).toEqual([
        "192.0.2.1:15443 outbound_.80_._.reviews.shop.global of east x1",
      ]);
    }
  });

  test("a network without a gateway is taken as directly reachable", () => {
    const machine = workloadEntry({ labels: reviews, address: "10.2.0.1" });
    expect(hops(meshOf(...base, machine), "reviews.shop.svc.cluster.local", 80, "east")).toContain("10.2.0.1:15006");
  });

  test("what is closed says why, and which ports are declared", () => {
    expect(hops(mesh, "nobody.shop.global", 80, "east")).toBe("unknown-host");
    expect(hops(mesh, "not a host", 80, "east")).toBe("unknown-host");
    expect(hops(mesh, "private.shop.svc.cluster.local", 80, "east")).toBe("not-visible");
    expect(model.host("reviews.shop.global", 81, { network: east })).toEqual({
      kind: "closed",
      reason: "port-not-declared",
      declaredPorts: [80, 90],
    });
    expect(hops(mesh, "ghost.shop.global", 80, "east")).toBe("no-endpoint");
    const seen = model.host("private.shop.svc.cluster.local", 80, { network: east, namespace: "shop" });
    expect(seen.kind).toBe("forward");
  });

  test("wildcard hosts, the longest first; with resolution NONE the call goes where it wants", () => {
    const entry = (name: string, hosts: string[]) =>
      serviceEntry({ name, hosts, location: "MESH_EXTERNAL", resolution: "NONE", ports: ["tls:443"] });
    const wild = createRoutingModel(meshOf(entry("wide", ["*.example"]), entry("long", ["*.api.example"])));
    expect(wild.host("v1.api.example", 443, { network: east })).toMatchObject({
      service: "shop/*.api.example",
      hops: [],
    });
    expect(wild.host("WWW.example.", 443, { network: east })).toMatchObject({ service: "shop/*.example" });
    expect(wild.host("example", 443, { network: east })).toMatchObject({ reason: "unknown-host" });
  });
});
