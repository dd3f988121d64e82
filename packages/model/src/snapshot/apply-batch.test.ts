import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ObjectKey } from "../object/key.ts";
import { keyOf, type MeshObject } from "../object/object.ts";
import { endpoints, namespace, pod, service, serviceEntry, workloadEntry } from "../testing/build.ts";
import { edited, meshOf, plainSnapshot } from "../testing/mesh.ts";
import { meshHistories } from "../testing/random-mesh.ts";
import { applyBatch } from "./apply-batch.ts";
import { defaultMeshSettings } from "./default-settings.ts";
import { emptySnapshot } from "./empty-snapshot.ts";
import type { ImmutableMap } from "./immutable-map.ts";
import { mergeChanges } from "./merge-changes.ts";
import type { MeshChange, MeshSnapshot } from "./mesh-snapshot.ts";
import { sameValue } from "./same-value.ts";

describe("incremental equals full", () => {
  test("any batches give the snapshot that one batch of the last objects gives", () => {
    fc.assert(
      fc.property(meshHistories, (history) => {
        const objects = new Map<ObjectKey, MeshObject>();
        const vips = new Map();
        let snapshot = emptySnapshot(defaultMeshSettings());
        for (const [at, step] of history.entries()) {
          const batch = { revision: at + 1, ...step };
          for (const key of batch.removed) objects.delete(key);
          for (const object of batch.upserted) objects.set(keyOf(object), object);
          for (const [host, index] of batch.vips) {
            if (index === undefined) vips.delete(host);
            else vips.set(host, index);
          }
          const next = applyBatch(snapshot, batch);
          expectExactChange(snapshot, next.snapshot, next.change);
          snapshot = next.snapshot;
        }
        const full = applyBatch(emptySnapshot(defaultMeshSettings()), {
          revision: history.length,
          upserted: [...objects.values()].reverse(),
          removed: [],
          vips,
        }).snapshot;
        expect(plainSnapshot(snapshot)).toEqual(plainSnapshot(full));
      }),
      { numRuns: 400 },
    );
  }, 60_000);
});

const parts = [
  "objects",
  "services",
  "endpoints",
  "workloads",
  "inbound",
  "gateways",
  "sidecars",
  "destinationRules",
  "problems",
] as const;

/** The change names what differs and nothing else; what is equal is the same reference. */
function expectExactChange(before: MeshSnapshot, after: MeshSnapshot, change: MeshChange): void {
  for (const part of parts) {
    const [old, now] = [before[part], after[part]] as [ImmutableMap<string, unknown>, ImmutableMap<string, unknown>];
    const differing = new Set(old.differences(now));
    const expected = new Set<string>(differing);
    if (part === "services") {
      for (const [id, one] of after.services) {
        if (before.vips.get(one.hostname) !== after.vips.get(one.hostname)) expected.add(id);
      }
    }
    expect(change[part], part).toEqual(expected);
    for (const key of differing) expect(sameValue(old.get(key), now.get(key)), `${part} ${key}`).toBe(false);
  }
  expect(change.settings).toBe(before.settings !== after.settings);
  expect(change.networks).toBe(before.networks !== after.networks);
}

test("an edit of one endpoint leaves the Service the same reference, and names the endpoints alone", () => {
  const entry = (address: string) =>
    serviceEntry({ hosts: ["db.shop"], ports: ["tcp:5432"], endpoints: [{ address: "10.0.0.1" }, { address }] });
  const before = meshOf(entry("10.0.0.2"));
  const { snapshot, change } = edited(before, { upserted: [entry("10.0.0.3")] });
  const [id] = [...snapshot.services.keys()];
  expect(snapshot.services.get(id!)).toBe(before.services.get(id!));
  expect([...change.services]).toEqual([]);
  expect([...change.endpoints]).toEqual(["shop/db.shop"]);
  expect(snapshot.endpoints.get(id!)!.endpoints[0]).toBe(before.endpoints.get(id!)!.endpoints[0]);
  expect(snapshot.endpoints.get(id!)!.identities).toBe(before.endpoints.get(id!)!.identities);
  expect([...change.inbound].sort()).toEqual(["shop/10.0.0.2", "shop/10.0.0.3"]);
});

test("an object that is said again, or only moved in its file, changes nothing that is compiled from it", () => {
  const before = meshOf(service({ line: 1 }));
  const same = edited(before, { upserted: [service({ line: 1 })] });
  expect(same.change.objects.size).toBe(0);
  expect(same.snapshot.objects).toBe(before.objects);
  const moved = edited(before, { upserted: [service({ line: 9 })] });
  expect([...moved.change.objects]).toEqual(["Service/shop/reviews"]);
  expect(moved.snapshot.services).toBe(before.services);
  expect(moved.change.services.size).toBe(0);
});

test("what is removed is gone from every part", () => {
  const objects = [
    namespace("shop", { "istio-injection": "enabled" }),
    service({ selector: { app: "reviews" }, clusterIps: ["10.1.0.1"] }),
    pod({ labels: { app: "reviews" }, address: "10.0.0.1" }),
    workloadEntry({ labels: { app: "reviews" }, address: "10.0.0.2" }),
    endpoints({ service: "other" }),
  ];
  const { snapshot } = edited(meshOf(...objects), { removed: objects.map(keyOf) });
  expect(plainSnapshot(snapshot)).toEqual(plainSnapshot(meshOf()));
});

test("with 2,000 services loaded an edit of one endpoint looks at a few objects", () => {
  const many = Array.from({ length: 2000 }, (_, at) => [
    service({ name: `s${at}`, selector: { app: `s${at}` }, clusterIps: [`10.1.${at >> 8}.${at & 255}`] }),
    pod({ name: `s${at}-1`, labels: { app: `s${at}`, tier: "back" }, address: `10.2.${at >> 8}.${at & 255}` }),
  ]).flat();
  const before = meshOf(...many);
  const count = { reads: 0 };
  const watched = { ...before, objects: counted(before.objects, count), index: counted(before.index, count) };
  const moved = pod({ name: "s7-1", labels: { app: "s7", tier: "back" }, address: "10.3.0.1" });
  const { change } = edited(watched, { upserted: [moved] });
  expect([...change.endpoints]).toEqual(["shop/s7.shop.svc.cluster.local"]);
  expect(count.reads).toBeLessThan(100);
});

/** Counts what is read; to walk over all of it fails. */
function counted<Key extends string, Value>(
  map: ImmutableMap<Key, Value>,
  count: { reads: number },
): ImmutableMap<Key, Value> {
  const whole = () => {
    throw new Error("walked over the whole map");
  };
  return {
    size: map.size,
    get(key) {
      count.reads++;
      return map.get(key);
    },
    has: (key) => map.has(key),
    keys: whole,
    values: whole,
    [Symbol.iterator]: whole,
    differences: whole,
    edit: (changes) => counted(map.edit(changes), count),
  };
}

test("merged changes name what either names", () => {
  const first = edited(meshOf(), { upserted: [service({ name: "a" })] });
  const second = edited(first.snapshot, { upserted: [service({ name: "b" }), namespace("shop")] });
  const merged = mergeChanges(first.change, second.change);
  expect([merged.from, merged.to]).toEqual([1, 3]);
  expect([...merged.services].sort()).toEqual(["shop/a.shop.svc.cluster.local", "shop/b.shop.svc.cluster.local"]);
  expect(merged.objects.size).toBe(3);
  expect(merged.settings).toBe(false);
});
