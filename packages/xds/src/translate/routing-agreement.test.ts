import type { JsonValue } from "@portolan/envoy";
import { createRoutingModel, type Endpoint, type NetworkId } from "@portolan/model";
import fc from "fast-check";
import { expect, test } from "vitest";
import { addressesIn, contentOf, createMesh, follow, gatewayOf } from "./testing/mesh.ts";
import { entry, gateway, injected, networks, pod, rule, service } from "./testing/objects.ts";
import { randomObject, unique } from "./testing/random.ts";

/** What makes some names open, so that drawn objects have something to meet. */
const base = [
  networks({ east: ["192.0.2.1"] }),
  injected("shop"),
  gateway({ 15443: ["*.global", "*.svc.cluster.local"] }),
  service({ name: "a" }),
  pod({ name: "a", address: "10.1.0.1", labels: { app: "a", version: "v1" }, network: "east" }),
  pod({ name: "b", address: "10.2.0.1", labels: { app: "a", version: "v2" }, network: "west" }),
  entry({ host: "a.shop.global", name: "front", endpoints: [{ address: "192.0.2.1", ports: { "p-8000": 15443 } }] }),
  rule({ host: "a.shop.svc.cluster.local", subsets: { v1: { version: "v1" }, v3: { version: "v3" } } }),
];

const hosts = [
  "a.shop.global",
  "a.shop.svc.cluster.local",
  "b.films.global",
  "b.films.svc.cluster.local",
  "x.example.com",
];
const sni = fc.oneof(
  fc
    .tuple(fc.constantFrom(80, 8000, 3306, 8443), fc.constantFrom("", "v1", "v2", "v3"), fc.constantFrom(...hosts))
    .map(([port, subset, host]) => `outbound_.${port}_.${subset}_.${host}`),
  fc.constantFrom("", "a.shop.global", "outbound_.8000_._.a.shop.global.", "istiod.istio-system.svc"),
);

test("0.42 0.44 0.53 an SNI leads at the gateway where the routing model says that it leads", () => {
  let open = 0;
  fc.assert(
    fc.property(
      fc.array(randomObject, { maxLength: 10 }),
      fc.array(sni, { minLength: 10, maxLength: 40 }),
      (objects, names) => {
        const { mesh, store, translation } = follow(createMesh(...unique([...base, ...objects])));
        const proxy = gatewayOf("east");
        const content = contentOf(store, translation.viewFor(proxy));
        const model = createRoutingModel(mesh.snapshot);
        const clusters = Object.keys(content).flatMap((key) => /^Cluster (outbound_.*)$/.exec(key)?.[1] ?? []);
        for (const name of [...names, ...clusters]) {
          const route = model.sni(name, { network: "east" as NetworkId, labels: proxy.labels });
          const cluster = content[`Cluster ${name}`] as { loadAssignment?: JsonValue } | undefined;
          const addresses = addressesIn(cluster?.loadAssignment ?? content[`ClusterLoadAssignment ${name}`]);
          if (route.kind !== "forward") {
            expect([name, addresses]).toEqual([name, []]);
            continue;
          }
          open++;
          expect(cluster).toBeDefined();
          expect([name, addresses]).toEqual([name, dialled(route.endpoints)]);
          expect(matchedBy(content, name)).toBe(true);
        }
      },
    ),
    { numRuns: 60 },
  );
  expect(open).toBeGreaterThan(60);
});

function dialled(endpoints: readonly Endpoint[]): readonly string[] {
  return [...new Set(endpoints.map(({ address }) => `${address}:15006`))].sort();
}

/** Whether the gateway's listener lets the name through. */
function matchedBy(content: ReturnType<typeof contentOf>, name: string): boolean {
  const listener = content["Listener 192.0.2.1_15443"] as {
    filterChains: { filterChainMatch: { serverNames: string[] } }[];
  };
  return listener.filterChains.some(({ filterChainMatch }) =>
    filterChainMatch.serverNames.some((pattern) => name === pattern || name.endsWith(pattern.slice(1))),
  );
}
