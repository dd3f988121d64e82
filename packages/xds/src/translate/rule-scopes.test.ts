import { destinationRuleFor, type MeshObject } from "@portolan/model";
import { expect, test } from "vitest";
import { createRuleScopes } from "./rule-scopes.ts";
import { createMesh } from "./testing/mesh.ts";
import { entry, labelsOf, rule } from "./testing/objects.ts";

const a = entry({ host: "a.shop.global", namespace: "shop" });

function keys(objects: readonly MeshObject[], labels = labelsOf()): Record<string, string> {
  const { snapshot } = createMesh(...objects);
  const scopes = createRuleScopes();
  return Object.fromEntries(["shop", "films", "istio-system"].map((ns) => [ns, scopes.keyOf(snapshot, ns, labels)]));
}

test("clients share what they follow alike", () => {
  expect(keys([a, rule({ host: "a.shop.global", namespace: "shop" })])).toEqual({
    shop: "",
    films: "",
    "istio-system": "",
  });
});

test.each([
  ["a rule about another namespace's host", [a, rule({ host: "a.shop.global", namespace: "films" })], ["films"]],
  [
    "a rule about a host that another namespace defines too",
    [a, entry({ host: "a.shop.global", namespace: "films" }), rule({ host: "a.shop.global" })],
    ["shop"],
  ],
  ["a rule with a wildcard", [rule({ host: "*.global", namespace: "istio-system" })], ["istio-system"]],
  ["a rule that is not exported", [a, rule({ host: "a.shop.global", exportTo: ["."] })], ["shop"]],
  ["a rule for one other namespace", [a, rule({ host: "a.shop.global", exportTo: ["films"] })], ["films", "shop"]],
] as const)("%s", (_what, objects, particular) => {
  const found = keys([...objects]);
  expect(
    Object.keys(found)
      .filter((namespace) => found[namespace] !== "")
      .sort(),
  ).toEqual([...particular].sort());
});

test("a rule that selects workloads sets those apart", () => {
  const selecting = rule({ host: "a.shop.global", name: "canary", selector: { version: "v2" } });
  expect(keys([a, selecting]).shop).toBe("shop");
  expect(keys([a, selecting], labelsOf({ version: "v2" })).shop).toBe("shop+canary");
});

test("clients with one key follow the same rule for every host", () => {
  const objects = [
    a,
    entry({ host: "b.films.global", namespace: "films" }),
    rule({ host: "a.shop.global", namespace: "shop" }),
    rule({ host: "*.films.global", namespace: "films" }),
    rule({ host: "b.films.global", namespace: "shop", exportTo: ["."] }),
    rule({ host: "*.global", namespace: "istio-system" }),
  ];
  const { snapshot } = createMesh(...objects);
  const scopes = createRuleScopes();
  const followed = new Map<string, string>();
  for (const namespace of ["shop", "films", "istio-system", "books", "toys"]) {
    const key = scopes.keyOf(snapshot, namespace, labelsOf());
    const rules = [...snapshot.services.values()].map((service) => {
      const found = destinationRuleFor(snapshot, service.hostname, service.namespace, namespace, labelsOf());
      return `${service.id} ${found?.meta.namespace}/${found?.meta.name}`;
    });
    expect(followed.get(key) ?? rules.join()).toBe(rules.join());
    followed.set(key, rules.join());
  }
  expect(followed.size).toBe(4);
});
