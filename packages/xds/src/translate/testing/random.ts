import type { MeshObject } from "@portolan/model";
import { keyOf } from "@portolan/model";
import fc from "fast-check";
import { entry, gateway, injected, networks, pod, rule, service, sidecar } from "./objects.ts";

/** A small world, so that what is drawn meets. */
const namespace = fc.constantFrom("shop", "films");
const name = fc.constantFrom("a", "b");
const host = fc.constantFrom(
  "a.shop.global",
  "b.films.global",
  "a.shop.svc.cluster.local",
  "x.example.com",
  "*.example.org",
);
const ports = fc.constantFrom(
  ["HTTP:8000"],
  ["HTTP:8000", "TCP:3306"],
  ["TLS:8443"],
  ["GRPC:80"],
  ["UDP:53", "HTTP:8000"],
);
const network = fc.constantFrom("east", "west", undefined);
const endpoint = fc
  .record({
    address: fc.constantFrom("10.1.0.1", "10.2.0.1", "192.0.2.1", "target.example.net"),
    network,
    account: fc.constantFrom("x", "y"),
    labels: fc.constantFrom({ version: "v1" }, { version: "v2" }, { "security.istio.io/tlsMode": "disabled" }),
    weight: fc.integer({ min: 1, max: 5 }),
  })
  .map(({ network: of, ...rest }) => (of === undefined ? rest : { ...rest, network: of }));

/** Any object of that world. */
export const randomObject: fc.Arbitrary<MeshObject> = fc.oneof(
  fc
    .record({
      host,
      namespace,
      name,
      ports,
      endpoints: fc.array(endpoint, { maxLength: 3 }),
      resolution: fc.constantFrom("STATIC" as const, "DNS" as const, "NONE" as const),
      addresses: fc.constantFrom([], ["127.255.0.3"], ["127.255.0.4"]),
      exportTo: fc.constantFrom(["*"], ["."], ["films"]),
      external: fc.boolean(),
    })
    .map(entry),
  fc.record({ name, namespace, ports, selector: fc.constantFrom({ app: "a" }, { app: "b" }) }).map(service),
  fc
    .record({
      name,
      namespace,
      address: fc.constantFrom("10.1.0.1", "10.1.0.2"),
      labels: fc.constantFrom({ app: "a", version: "v1" }, { app: "b", version: "v2" }),
      network: fc.constantFrom("east", "west"),
      ready: fc.boolean(),
    })
    .map(pod),
  fc
    .record({
      host: fc.oneof(host, fc.constant("*.global")),
      namespace: fc.constantFrom("shop", "films", "istio-system"),
      name,
      tls: fc.constantFrom({ mode: "DISABLE" as const }, { mode: "ISTIO_MUTUAL" as const, sni: undefined }),
      pool: fc.record({ maxConnections: fc.integer({ min: 1, max: 2 }) }),
      subsets: fc.constantFrom({}, { v1: { version: "v1" } }),
      exportTo: fc.constantFrom(["*"], ["."], ["shop"]),
    })
    .map(rule),
  fc.constantFrom(
    sidecar("films", ["shop/*"]),
    sidecar("films", ["./*"], { app: "a" }),
    sidecar("istio-system", ["*/*"]),
  ),
  fc.constantFrom(
    gateway({ 15443: ["*.global", "*.svc.cluster.local"] }),
    gateway({ 15443: ["*.films.global"], 8080: ["*"] }, "other"),
    gateway({ 8080: ["shop/*.shop.svc.cluster.local"] }, "other"),
  ),
  fc.constantFrom(
    networks({ east: ["192.0.2.1"] }),
    networks({ east: ["192.0.2.1", "192.0.2.9"], west: ["192.0.2.2"] }),
  ),
  fc.constantFrom(injected("shop"), injected("films")),
);

/** A batch says an object once. */
export function unique(objects: readonly MeshObject[]): readonly MeshObject[] {
  return [...new Map(objects.map((one) => [keyOf(one), one])).values()];
}
