import { describe, expect, test } from "vitest";
import { keyOf, type MeshObject } from "../object/object.ts";
import { formatOrigin } from "../origin.ts";
import { defaultMeshSettings } from "../snapshot/default-settings.ts";
import { emptySnapshot } from "../snapshot/empty-snapshot.ts";
import type { MeshSnapshot } from "../snapshot/mesh-snapshot.ts";
import {
  gateway,
  meshConfig,
  meshNetworks,
  namespace,
  pod,
  service,
  serviceEntry,
  workloadEntry,
} from "../testing/build.ts";
import { edited, meshOf } from "../testing/mesh.ts";
import { findConflicts } from "./find-conflicts.ts";
import { modelProblemCodes } from "./problem-codes.ts";
import { validateObject } from "./validate-object.ts";

/** `CODE severity place: message`. */
function problemsIn(mesh: MeshSnapshot, object: MeshObject): string[] {
  return (mesh.problems.get(keyOf(object)) ?? []).map(
    ({ code, severity, origin, message }) => `${code} ${severity} ${formatOrigin(origin)}: ${message}`,
  );
}

function codesOf(object: MeshObject, mesh: MeshSnapshot = emptySnapshot(defaultMeshSettings())): string[] {
  return validateObject(mesh, object).map(({ code, severity }) => `${code} ${severity}`);
}

describe("0.35 two owners of one address", () => {
  const entry = (name: string, line: number, address = "127.255.0.3") =>
    serviceEntry({
      name,
      hosts: [`${name}.example`],
      addresses: [address],
      file: "mesh.yaml",
      positions: { "spec.addresses.0": line },
    });
  const [first, second] = [entry("a", 6), entry("b", 16)];

  test("the first by key keeps it, whatever came first; the other stays out, and both are named with their places", () => {
    for (const mesh of [meshOf(second, first), edited(meshOf(second), { upserted: [first] }).snapshot]) {
      expect([...mesh.services.keys()]).toEqual(["shop/a.example"]);
      expect(problemsIn(mesh, first)).toEqual([]);
      expect(problemsIn(mesh, second)).toEqual([
        "PTL1101 error mesh.yaml:16:3: address 127.255.0.3 of ServiceEntry/shop/b already belongs to ServiceEntry/shop/a (mesh.yaml:6:3): give another, or leave it out to have one allocated",
      ]);
    }
  });

  test("whoever stayed out comes in when the owner goes, or takes another", () => {
    for (const step of [{ removed: [keyOf(first)] }, { upserted: [entry("a", 6, "127.255.0.9")] }]) {
      const { snapshot, change } = edited(meshOf(first, second), step);
      expect(snapshot.services.has("shop/b.example" as never)).toBe(true);
      expect(snapshot.problems.size).toBe(0);
      expect(change.problems.has(keyOf(second))).toBe(true);
    }
  });

  test("an object that stays out owns none of its addresses", () => {
    const both = serviceEntry({ name: "b", hosts: ["b.example"], addresses: ["127.255.0.3", "127.255.0.4"] });
    const last = serviceEntry({ name: "c", hosts: ["c.example"], addresses: ["127.255.0.4"] });
    expect([...meshOf(first, both, last).services.keys()].sort()).toEqual(["shop/a.example", "shop/c.example"]);
  });

  test("an API asks before it applies: then the second to come is refused, whatever its key", () => {
    expect(findConflicts(meshOf(second), first).map(({ code }) => code)).toEqual(["PTL1101"]);
    expect(findConflicts(meshOf(first, second), first)).toEqual([]);
  });

  test("a Service's clusterIP counts; hosts of one entry, and objects of one host, may share", () => {
    const owner = service({ clusterIps: ["10.1.0.1"] });
    const other = serviceEntry({ addresses: ["10.1.0.1"], hosts: ["x.example", "y.example"] });
    expect(problemsIn(meshOf(owner, other), other)).toHaveLength(1);
    const same = serviceEntry({ addresses: ["10.1.0.1/32"], hosts: ["reviews.shop.svc.cluster.local"] });
    expect(problemsIn(meshOf(owner, same), same)).toEqual([]);
    expect(problemsIn(meshOf(other), other).filter((line) => line.includes("error"))).toEqual([]);
  });

  test("an address that was allocated to another host is refused, naming the host, until it is given up", () => {
    const before = edited(meshOf(), { vips: { "db.example": 3 } }).snapshot;
    const mesh = edited(before, { upserted: [first] }).snapshot;
    expect(problemsIn(mesh, first)).toEqual([
      "PTL1112 error mesh.yaml:6:3: address 127.255.0.3 of ServiceEntry/shop/a was allocated to db.example: give another, or leave it out to have one allocated",
    ]);
    const { snapshot } = edited(mesh, { vips: { "db.example": undefined } });
    expect(snapshot.services.has("shop/a.example" as never)).toBe(true);
    const own = edited(meshOf(), { vips: { "a.example": 3 } }).snapshot;
    expect(problemsIn(edited(own, { upserted: [first] }).snapshot, first)).toEqual([]);
  });
});

test.each([
  ["127.0.0.1", true],
  ["127.0.0.0", true],
  ["127.255.255.255", true],
  ["127.255.0.0", true],
  ["127.0.0.0/32", true],
  ["127.0.0.0/8", true],
  ["127.255.0.0/16", true],
  ["::1", true],
  ["127.0.0.2", false],
  ["127.255.0.1", false],
  ["127.255.255.254", false],
  ["127.1.0.0/32", false],
  ["10.0.0.0/8", false],
  ["192.0.2.1", false],
])("a given address %s is refused: %s", (address, refused) => {
  expect(codesOf(serviceEntry({ hosts: ["db.example"], addresses: [address] }))).toEqual(
    refused ? ["PTL1102 error"] : [],
  );
});

test.each([
  ["reviews.global", true],
  ["global", true],
  ["a.reviews.shop.global", true],
  ["*.shop.global", true],
  ["*.global", true],
  ["reviews.shop.global", false],
  ["reviews.shopglobal", false],
  ["reviews.shop.global.example", false],
])("0.34 a host %s of an owned suffix is refused with the expected form: %s", (host, refused) => {
  const object = serviceEntry({ hosts: ["db.example", host], positions: { "spec.hosts.1": 7 } });
  const [problem] = validateObject(emptySnapshot(defaultMeshSettings()), object);
  expect(problem !== undefined).toBe(refused);
  if (problem === undefined) return;
  expect(problem).toMatchObject({ code: "PTL1103", severity: "error", path: "spec.hosts.1" });
  expect(formatOrigin(problem.origin)).toBe("mesh.yaml:7:3");
  expect(problem.message).toContain("<name>.<namespace>.global");
  expect(meshOf(object).services.size).toBe(0);
});

describe("0.41 an endpoint at a gateway of a mesh network", () => {
  const mesh = meshOf(meshNetworks({ east: { gateways: ["192.0.2.1"] } }));
  const entry = (ports: Record<string, number>, positions: Record<string, number> = {}) =>
    serviceEntry({ positions, endpoints: [{ address: "10.0.0.1" }, { address: "192.0.2.1", ports }] });

  test("must have port 15443, and is refused with its place otherwise", () => {
    expect(codesOf(entry({ http: 15443 }), mesh)).toEqual([]);
    const [wrong] = validateObject(mesh, entry({ http: 15444 }, { "spec.endpoints.1.ports.http": 21 }));
    expect([wrong?.code, wrong && formatOrigin(wrong.origin)]).toEqual(["PTL1104", "mesh.yaml:21:3"]);
    const [missing] = validateObject(mesh, entry({}, { "spec.endpoints.1.address": 20 }));
    expect([missing?.code, missing && formatOrigin(missing.origin)]).toEqual(["PTL1104", "mesh.yaml:20:3"]);
    expect(missing?.message).toContain("must be 15443");
  });

  test("a WorkloadEntry likewise", () => {
    expect(codesOf(workloadEntry({ address: "192.0.2.1", ports: { http: 80 } }), mesh)).toEqual(["PTL1104 error"]);
    expect(codesOf(workloadEntry({ address: "192.0.2.1", ports: { http: 15443 } }), mesh)).toEqual([]);
  });

  test("is refused also where the network is declared later", () => {
    const object = entry({ http: 80 });
    const later = edited(meshOf(object), { upserted: [meshNetworks({ east: { gateways: ["192.0.2.1"] } })] });
    expect(later.snapshot.services.size).toBe(0);
    expect(problemsIn(later.snapshot, object)[0]).toMatch(/^PTL1104 error/);
  });
});

test("TCP hosts of one entry cannot share an address; HTTP and TLS hosts can", () => {
  const entry = (port: string, addresses = ["127.255.0.3"]) =>
    serviceEntry({ hosts: ["a.example", "b.example"], addresses, ports: [port] });
  expect(codesOf(entry("tcp:5432"))).toEqual(["PTL1109 error"]);
  expect(codesOf(entry("tcp:5432", []))).toEqual([]);
  expect(codesOf(entry("http:80"))).toEqual([]);
  expect(codesOf(entry("tls:443"))).toEqual([]);
  const [problem] = validateObject(meshOf(), entry("tcp:5432"));
  expect(problem?.message).toMatch(/a\.example and b\.example would share 127\.255\.0\.3:5432/);
});

test("resolution NONE needs HTTP or TLS; UDP is reported and stays", () => {
  const entry = (port: string) => serviceEntry({ hosts: ["*.example"], resolution: "NONE", ports: [port] });
  expect(["http:80", "tls:443", "tcp:90", "udp:53/UDP"].map((port) => codesOf(entry(port)))).toEqual([
    [],
    [],
    ["PTL1110 error"],
    ["PTL1111 info"],
  ]);
  expect(meshOf(entry("udp:53/UDP")).services.size).toBe(1);
});

describe("what is reported of objects that are in the mesh", () => {
  const entry = serviceEntry({ ports: ["http:80", "grpc:90"] });

  test("the Service that a host stands for is missing, then lacks a port, then is there", () => {
    const missing = meshOf(entry);
    expect(problemsIn(missing, entry)).toEqual([
      "PTL1106 warning mesh.yaml:1:1: reviews.shop.global stands for the Service reviews.shop.svc.cluster.local, which does not exist in this mesh: gateways here have nothing to pass it to",
    ]);
    const lacking = edited(missing, { upserted: [service({ ports: ["http:80"] })] }).snapshot;
    expect(problemsIn(lacking, entry)).toEqual([
      "PTL1107 warning mesh.yaml:1:1: reviews.shop.global has port 90, and the Service reviews.shop.svc.cluster.local that it stands for has only 80",
    ]);
    const whole = edited(lacking, { upserted: [service({ ports: ["http:80", "grpc:90"] })] }).snapshot;
    expect(problemsIn(whole, entry)).toEqual([]);
  });

  test("a plaintext endpoint behind a gateway", () => {
    const labels = { app: "reviews" };
    const reviews = service({ selector: labels });
    const networks = meshNetworks({ east: { cidrs: ["10.0.0.0/8"], gateways: ["192.0.2.1"] } });
    const mesh = meshOf(
      networks,
      reviews,
      pod({ labels, address: "10.0.0.1" }),
      pod({ name: "b", labels, address: "10.0.0.2" }),
    );
    expect(problemsIn(mesh, reviews)[0]).toMatch(
      /^PTL1108 warning .*endpoint 10\.0\.0\.1 \(and 1 more\) .*network east/,
    );
    const { snapshot } = edited(mesh, { upserted: [namespace("shop", { "istio-injection": "enabled" })] });
    expect(problemsIn(snapshot, reviews)).toEqual([]);
  });

  test("an exported host that no gateway serves", () => {
    const reviews = service({ ports: ["http:80", "grpc:90"] });
    const mesh = meshOf(entry, reviews, gateway({ hosts: ["*.svc.cluster.local"] }));
    expect(problemsIn(mesh, entry)[0]).toMatch(/^PTL1105 warning .*reviews\.shop\.global is exported/);
    expect(problemsIn(edited(mesh, { upserted: [gateway({ hosts: ["*.global"] })] }).snapshot, entry)).toEqual([]);
    expect(problemsIn(meshOf(entry, reviews), entry)).toEqual([]);
    const hidden = serviceEntry({ ports: ["http:80"], exportTo: ["."] });
    expect(problemsIn(edited(mesh, { upserted: [hidden] }).snapshot, hidden)).toEqual([]);
  });

  test("a second MeshConfig, which is not used", () => {
    const [one, two] = [meshConfig({ name: "a", mode: "capture" }), meshConfig({ name: "b", mode: "bind" })];
    const mesh = meshOf(two, one);
    expect(mesh.settings.mode).toBe("capture");
    expect(problemsIn(mesh, two)[0]).toMatch(/^PTL1114 warning .*MeshConfig\/istio-system\/a/);
    expect(problemsIn(edited(mesh, { removed: [keyOf(one)] }).snapshot, two)).toEqual([]);
  });
});

test("every code has a text, and text of objects cannot break a line", () => {
  expect(Object.values(modelProblemCodes).every((text) => text.length > 10)).toBe(true);
  const spec = serviceEntry({ endpoints: [{ address: "192.0.2.1", ports: { "a\nb": 1 } }], ports: ["a\nb:80"] });
  const mesh = meshOf(meshNetworks({ east: { gateways: ["192.0.2.1"] } }));
  for (const { message } of validateObject(mesh, spec)) expect(message).not.toContain("\n");
});
