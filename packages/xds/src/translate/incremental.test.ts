import { keyOf, type MeshObject } from "@portolan/model";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ViewId } from "../snapshot/ids.ts";
import { contentOf, createMesh, type FollowedMesh, follow, gatewayOf, sidecarOf } from "./testing/mesh.ts";
import { entry, gateway, injected, networks, pod, rule, service } from "./testing/objects.ts";
import { randomObject, unique } from "./testing/random.ts";

const edits = fc.array(
  fc.record({ upserted: fc.array(randomObject, { maxLength: 4 }), removed: fc.array(fc.nat(), { maxLength: 2 }) }),
  { minLength: 1, maxLength: 6 },
);

const proxies = [
  sidecarOf("shop", "10.1.0.1", { NETWORK: "east" }),
  sidecarOf("films", "10.1.0.2", { NETWORK: "west", LABELS: { app: "a" }, LOWEST_PORT: "1" }),
  sidecarOf("films", "10.9.0.1", { SECRETS: "agent", INBOUND_PORTS: "" }),
  gatewayOf("east"),
];

/** Fails unless every view holds what a translation from nothing gives it. */
function expectAsFresh({ mesh, store, translation }: FollowedMesh, views: readonly ViewId[]): void {
  const fresh = follow({ snapshot: mesh.snapshot, onPublish: () => () => {} });
  for (const [index, proxy] of proxies.entries()) {
    const view = fresh.translation.viewFor(proxy);
    expect(contentOf(store, views[index]!)).toEqual(contentOf(fresh.store, view));
    expect(translation.problemsOf(proxy)).toEqual(fresh.translation.problemsOf(proxy));
  }
  expect(store.held()).toEqual([]);
}

test("incremental equals full: whatever the edits, a view holds what a translation of the result would give it", () => {
  fc.assert(
    fc.property(fc.array(randomObject, { minLength: 4, maxLength: 16 }), edits, (first, list) => {
      const followed = follow(createMesh(...unique(first)));
      const { mesh, translation } = followed;
      const views = proxies.map((proxy) => translation.viewFor(proxy));
      for (const { upserted, removed } of list) {
        const keys = [...mesh.snapshot.objects.values()].map(keyOf);
        const gone = keys.length === 0 ? [] : removed.flatMap((index) => keys[index % keys.length] ?? []);
        const objects = unique(upserted);
        mesh.edit(
          objects,
          gone.filter((key) => !objects.some((one) => keyOf(one) === key)),
        );
        expectAsFresh(followed, views);
      }
      for (const view of views) translation.release(view);
      expect(followed.store.views()).toEqual([]);
    }),
    { numRuns: Number(process.env.PORTOLAN_RUNS ?? 60) },
  );
}, 120_000);

const reviews = (ports: readonly string[]) => service({ name: "a", ports, selector: { app: "a" } });
const workload = pod({ name: "a", address: "10.1.0.1", labels: { app: "a", version: "v1" }, network: "east" });
const sni = gateway({ 15443: ["*.global", "*.svc.cluster.local"] });
const front = entry({
  host: "a.shop.global",
  resolution: "DNS",
  endpoints: [{ address: "192.0.2.1", ports: { "p-8000": 15443 } }],
});
const shared = (namespace: string, address: string) =>
  entry({ host: "x.example.com", namespace, name: "x", addresses: ["127.255.0.3"], endpoints: [{ address }] });
const byName = (...addresses: string[]) =>
  entry({
    host: "x.example.com",
    resolution: "DNS",
    external: true,
    endpoints: addresses.map((address) => ({ address })),
  });
const versions = (namespace: string, label: string) =>
  rule({ host: "x.example.com", namespace, name: "x", subsets: { v1: { version: label } } });
const twoVersions = entry({
  host: "x.example.com",
  endpoints: [
    { address: "10.0.0.1", labels: { version: "v1" } },
    { address: "10.0.0.2", labels: { version: "v2" } },
  ],
});
const base = [networks({ east: ["192.0.2.1"] }), injected("shop"), sni];

test.each<
  [what: string, before: readonly MeshObject[], upserted: readonly MeshObject[], removed: readonly MeshObject[]]
>([
  [
    "a host's definition in another namespace comes to the fore",
    [shared("films", "10.0.0.1"), shared("shop", "10.0.0.2")],
    [],
    [shared("films", "10.0.0.1")],
  ],
  [
    "a host's definition in another namespace takes over",
    [shared("shop", "10.0.0.2")],
    [shared("films", "10.0.0.1")],
    [],
  ],
  [
    "a Service gets the port that its .global host declares",
    [...base, front, workload, reviews(["HTTP:9000"])],
    [reviews(["HTTP:8000"])],
    [],
  ],
  [
    "a Service behind a .global host goes",
    [...base, front, workload, reviews(["HTTP:8000"])],
    [],
    [reviews(["HTTP:8000"])],
  ],
  ["a host name among the endpoints becomes another", [byName("a.example.net")], [byName("b.example.net")], []],
  ["addresses become host names", [byName("10.0.0.1")], [byName("10.0.0.1", "b.example.net")], []],
  [
    "two namespaces mean different endpoints by one subset",
    [twoVersions, versions("films", "v2"), versions("shop", "v1")],
    [twoVersions],
    [],
  ],
  [
    "a rule's subset gets other labels",
    [
      ...base,
      workload,
      reviews(["HTTP:8000"]),
      rule({ host: "a.shop.svc.cluster.local", subsets: { v1: { version: "v1" } } }),
    ],
    [rule({ host: "a.shop.svc.cluster.local", subsets: { v1: { version: "v2" } } })],
    [],
  ],
  [
    "a workload's port speaks another protocol",
    [...base, workload, reviews(["HTTP:8000"])],
    [reviews(["TCP:8000"])],
    [],
  ],
  [
    "what an ingress leads to can be dialled no more",
    [gateway({ 8080: ["x.example.com"] }, "other"), entry({ host: "x.example.com", resolution: "STATIC" })],
    [entry({ host: "x.example.com", resolution: "NONE", ports: ["TCP:8000"] })],
    [],
  ],
  [
    "an entry is taken over by another object of the same host",
    [entry({ host: "x.example.com", name: "one", endpoints: [{ address: "10.0.0.1" }] })],
    [entry({ host: "x.example.com", name: "two", endpoints: [{ address: "10.0.0.2" }] })],
    [entry({ host: "x.example.com", name: "one" })],
  ],
])("incremental equals full: %s", (_what, before, upserted, removed) => {
  const followed = follow(createMesh(...before));
  const views = proxies.map((proxy) => followed.translation.viewFor(proxy));
  expectAsFresh(followed, views);
  followed.mesh.edit(upserted, removed.map(keyOf));
  expectAsFresh(followed, views);
});
