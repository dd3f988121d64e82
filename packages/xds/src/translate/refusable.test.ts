import { create, ListenerSchema, RouteConfigurationSchema } from "@portolan/envoy";
import { describe, expect, test } from "vitest";
import { createMemo } from "./memo.ts";
import { refusalOf } from "./refusable.ts";

function routes(...hosts: readonly (readonly [name: string, ...domains: string[]])[]) {
  return create(RouteConfigurationSchema, {
    name: "r",
    virtualHosts: hosts.map(([name, ...domains]) => ({ name, domains })),
  });
}

function listener(...names: readonly string[][]) {
  const filterChains = names.map((serverNames, at) => ({ name: `c${at}`, filterChainMatch: { serverNames } }));
  return create(ListenerSchema, { name: "l", filterChains });
}

describe("what Envoy would refuse", () => {
  test.each([
    [routes(["a", "x"], ["b", "y"]), undefined],
    [routes(["a", "x"], ["b", "X"]), 'the domain "X" stands in "a" and in "b"'],
    [routes(["a", "x", "x"]), 'the domain "x" stands in "a" and in "a"'],
    [routes(["a", "x"], ["a", "y"]), 'two virtual hosts are called "a"'],
    [listener(["x"], ["y"], []), undefined],
    [listener(["x", "y"], ["y"]), '"c0" and "c1" match the same connections'],
    [listener([], []), '"c0" and "c1" match the same connections'],
    [
      create(ListenerSchema, { name: "l", filterChains: [{ name: "a" }, {}] }),
      '"a" and "filter chain 1" match the same connections',
    ],
  ])("%#", (message, expected) => {
    expect(refusalOf(message)).toBe(expected);
  });

  test("weights that add up to nothing", () => {
    const weighted = (value: number) =>
      create(RouteConfigurationSchema, {
        virtualHosts: [
          {
            name: "a",
            domains: ["*"],
            routes: [
              {
                action: {
                  case: "route",
                  value: {
                    clusterSpecifier: {
                      case: "weightedClusters",
                      value: { clusters: [{ name: "c", weight: value }] },
                    },
                  },
                },
              },
            ],
          },
        ],
      });
    expect(refusalOf(weighted(0))).toBe('the weights of a route of "a" add up to 0');
    expect(refusalOf(weighted(1))).toBeUndefined();
  });
});

test("P-75 what Envoy would refuse is not made: the last good version stays, and the reason is kept for its objects", () => {
  const memo = createMemo((bytes) => bytes.join());
  const get = (inputs: readonly unknown[], message: ReturnType<typeof routes>) =>
    memo.get({ kind: "route", key: "r", inputs, origins: [], translate: () => message });
  const good = get([1], routes(["a", "x"]));
  expect(get([2], routes(["a", "x"], ["b", "x"]))).toBe(good);
  expect([...memo.failures().values()]).toEqual([
    { code: "PTL1601", origins: [], reason: 'the domain "x" stands in "a" and in "b"' },
  ]);
  expect(get([3], routes(["a", "x"], ["b", "y"]))?.resource.version).not.toBe(good?.resource.version);
  expect(memo.failures().size).toBe(0);
});
