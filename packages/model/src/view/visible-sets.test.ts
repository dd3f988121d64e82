import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyBatch } from "../snapshot/apply-batch.ts";
import { defaultMeshSettings } from "../snapshot/default-settings.ts";
import { emptySnapshot } from "../snapshot/empty-snapshot.ts";
import type { MeshSnapshot } from "../snapshot/mesh-snapshot.ts";
import {
  destinationRule,
  host,
  labels,
  meshConfig,
  namespaceName,
  pod,
  service,
  serviceEntry,
  sidecar,
} from "../testing/build.ts";
import { edited, meshOf } from "../testing/mesh.ts";
import { meshHistories } from "../testing/random-mesh.ts";
import { destinationRuleFor } from "./destination-rule-for.ts";
import { createVisibleSets } from "./visible-sets.ts";

const [shop, bank, zoo] = [namespaceName("shop"), namespaceName("bank"), namespaceName("zoo")];
const none = labels();

function seen(mesh: MeshSnapshot, from: string, pairs: Record<string, string> = {}): string[] {
  return [...createVisibleSets().of(mesh, namespaceName(from), labels(pairs)).services];
}

describe("exportTo", () => {
  const mesh = meshOf(
    serviceEntry({ name: "all", hosts: ["all.example"] }),
    serviceEntry({ name: "own", hosts: ["own.example"], exportTo: ["."] }),
    serviceEntry({ name: "named", hosts: ["named.example"], exportTo: ["bank"] }),
    serviceEntry({ name: "none", hosts: ["none.example"], exportTo: ["~"] }),
  );

  test("limits who sees a service", () => {
    expect(seen(mesh, "shop")).toEqual(["shop/all.example", "shop/own.example"]);
    expect(seen(mesh, "bank")).toEqual(["shop/all.example", "shop/named.example"]);
    expect(seen(mesh, "zoo")).toEqual(["shop/all.example"]);
  });

  test("namespaces to which nothing is particular hold the same object; the key names a namespace only where need be", () => {
    const sets = createVisibleSets();
    expect(sets.of(mesh, zoo, none)).toBe(sets.of(mesh, namespaceName("park"), labels({ any: "label" })));
    expect([zoo, shop, bank].map((from) => sets.of(mesh, from, none).key)).toEqual(["*", "*@shop", "*@bank"]);
  });
});

test("of several definitions of a host: the own namespace's, then a Service, then the smallest namespace's", () => {
  const entry = (namespace: string, hosts: string[]) => serviceEntry({ namespace, hosts });
  const mesh = meshOf(
    entry("bank", ["reviews.shop.svc.cluster.local", "x.example"]),
    entry("zoo", ["reviews.shop.svc.cluster.local", "x.example"]),
    service({}),
  );
  const byHost = (from: typeof zoo) => createVisibleSets().of(mesh, from, none).byHost;
  const reviews = host("reviews.shop.svc.cluster.local");
  expect([byHost(zoo).get(reviews), byHost(zoo).get(host("x.example"))]).toEqual([`zoo/${reviews}`, "zoo/x.example"]);
  expect([byHost(shop).get(reviews), byHost(shop).get(host("x.example"))]).toEqual([
    `shop/${reviews}`,
    "bank/x.example",
  ]);
  expect(
    createVisibleSets()
      .of(mesh, zoo, none)
      .has(`bank/x.example` as never),
  ).toBe(false);
});

describe("Sidecar", () => {
  const services = [
    service({ name: "a", namespace: "shop" }),
    service({ name: "b", namespace: "bank" }),
    serviceEntry({ namespace: "bank", hosts: ["db.example", "*.wild.example"] }),
  ];
  const [a, b, db, wild] = [
    "shop/a.shop.svc.cluster.local",
    "bank/b.bank.svc.cluster.local",
    "bank/db.example",
    "bank/*.wild.example",
  ] as const;

  test.each([
    [["*/*"], [wild, a, b, db]],
    [["./*"], [a]],
    [["bank/*"], [wild, b, db]],
    [["*/db.example"], [db]],
    [["*/*.example"], [wild, db]],
    [["*/*.wild.example"], [wild]],
    [["bank/a.shop.svc.cluster.local"], []],
    [["~/*"], []],
    [["~/*", "./*"], [a]],
    [
      ["*/*.svc.cluster.local", "bank/db.example"],
      [a, b, db],
    ],
  ])("egress %j", (hosts, expected) => {
    expect(seen(meshOf(...services, sidecar({ hosts })), "shop")).toEqual(expected);
  });

  test("one that selects the workload, else the namespace's, else the root namespace's; each may leave it to the next", () => {
    const root = sidecar({ namespace: "istio-system", hosts: ["./*"] });
    const own = sidecar({ hosts: ["bank/b.bank.svc.cluster.local"] });
    const selecting = sidecar({ name: "picky", selector: { app: "x" }, hosts: ["~/*"] });
    const silent = sidecar({ name: "a-silent", selector: { app: "y" } });
    const mesh = meshOf(...services, root, own, selecting, silent);
    expect(seen(mesh, "shop", { app: "x" })).toEqual([]);
    expect(seen(mesh, "shop", { app: "y" })).toEqual([b]);
    expect(seen(mesh, "shop")).toEqual([b]);
    expect(seen(mesh, "bank")).toEqual([wild, b, db]);
    expect(seen(meshOf(...services, root, meshConfig({ rootNamespace: "zoo" })), "bank")).toHaveLength(4);
  });

  test("the key names the Sidecar and stays while services come and go; the set changes only with what is seen", () => {
    const sets = createVisibleSets();
    const mesh = meshOf(...services, sidecar({ hosts: ["bank/*"] }));
    const before = sets.of(mesh, shop, none);
    const unseen = edited(mesh, { upserted: [service({ name: "c", namespace: "zoo" })] }).snapshot;
    expect(sets.of(unseen, shop, none)).toBe(before);
    const more = edited(unseen, { upserted: [service({ name: "c", namespace: "bank" })] }).snapshot;
    expect(sets.of(more, shop, none).services).toEqual([wild, b, "bank/c.bank.svc.cluster.local", db]);
    expect(sets.of(more, shop, none).key).toBe("Sidecar/shop/default");
    const wider = edited(more, { upserted: [sidecar({ hosts: ["*/*"] })] }).snapshot;
    const widest = sets.of(wider, shop, none);
    expect(widest.services).toHaveLength(6);
    const said = edited(wider, { upserted: [sidecar({ hosts: ["./*", "*/*"] })] }).snapshot;
    expect(sets.of(said, shop, none)).toBe(widest);
  });
});

test("nothing is looked at again while services and Sidecars are the same", () => {
  const mesh = meshOf(
    service({ selector: { app: "x" } }),
    pod({ labels: { app: "x" }, address: "10.0.0.1" }),
    sidecar({ hosts: ["*/*"] }),
  );
  const sets = createVisibleSets();
  const before = sets.of(mesh, shop, none);
  const { snapshot } = edited(mesh, { upserted: [pod({ labels: { app: "x" }, address: "10.0.0.2" })] });
  expect(snapshot.endpoints).not.toBe(mesh.endpoints);
  const unreadable = new Proxy(snapshot, {
    get(target, name) {
      if (name === "servicesByHost") throw new Error("looked at the services");
      return Reflect.get(target, name);
    },
  });
  expect(sets.of(unreadable, shop, none)).toBe(before);
});

test("a set that follows its mesh is the set that is made anew", () => {
  fc.assert(
    fc.property(meshHistories, (history) => {
      const following = createVisibleSets();
      let snapshot = emptySnapshot(defaultMeshSettings());
      for (const [at, step] of history.entries()) {
        snapshot = applyBatch(snapshot, { revision: at + 1, ...step }).snapshot;
        for (const from of [shop, bank, zoo]) {
          const set = following.of(snapshot, from, none);
          const anew = createVisibleSets().of(snapshot, from, none);
          expect([set.key, set.services, [...set.byHost]]).toEqual([anew.key, anew.services, [...anew.byHost]]);
          expect(following.of(snapshot, from, none)).toBe(set);
        }
      }
    }),
    { numRuns: 200 },
  );
});

describe("the DestinationRule of a host", () => {
  const rule = (namespace: string, to: string, more: Partial<Parameters<typeof destinationRule>[0]> = {}) =>
    destinationRule({ name: `${to.replaceAll("*", "any")}-${Object.keys(more).length}`, namespace, host: to, ...more });
  const find = (mesh: MeshSnapshot, from: string, pairs: Record<string, string> = {}) => {
    const found = destinationRuleFor(mesh, host("reviews.shop.global"), "shop", from, labels(pairs));
    return found && `${found.meta.namespace}/${found.host}${found.workloadSelector === undefined ? "" : " selected"}`;
  };
  const [exact, wide, all] = [rule("shop", "reviews.shop.global"), rule("shop", "*.global"), rule("shop", "*")];

  test("the most specific host of the namespace", () => {
    expect(find(meshOf(all), "bank")).toBe("shop/*");
    expect(find(meshOf(all, wide), "bank")).toBe("shop/*.global");
    expect(find(meshOf(all, wide, rule("shop", "*.shop.global")), "bank")).toBe("shop/*.shop.global");
    expect(find(meshOf(all, wide, exact), "bank")).toBe("shop/reviews.shop.global");
    expect(find(meshOf(rule("shop", "*.reviews.shop.global")), "bank")).toBeUndefined();
  });

  test("the client's namespace goes first, then the service's, then the root's, where exported", () => {
    const root = rule("istio-system", "*.global");
    const client = rule("bank", "*");
    expect(find(meshOf(root, exact, client), "bank")).toBe("bank/*");
    expect(find(meshOf(root, exact, client), "zoo")).toBe("shop/reviews.shop.global");
    expect(find(meshOf(root), "zoo")).toBe("istio-system/*.global");
    const hidden = rule("shop", "reviews.shop.global", { exportTo: ["bank"] });
    expect([find(meshOf(root, hidden), "zoo"), find(meshOf(root, hidden), "bank")]).toEqual([
      "istio-system/*.global",
      "shop/reviews.shop.global",
    ]);
  });

  test("one with a selector counts for the clients that it selects in its own namespace only, and goes first there", () => {
    const picky = rule("shop", "reviews.shop.global", { selector: { app: "x" } });
    expect(find(meshOf(exact, picky), "shop", { app: "x" })).toBe("shop/reviews.shop.global selected");
    expect(find(meshOf(exact, picky), "shop", { app: "y" })).toBe("shop/reviews.shop.global");
    expect(find(meshOf(picky), "bank", { app: "x" })).toBeUndefined();
  });
});
