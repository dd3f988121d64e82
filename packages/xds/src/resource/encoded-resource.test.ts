import { createHash } from "node:crypto";
import {
  type AddressSchema,
  AnySchema,
  Cluster_DiscoveryType,
  ClusterLoadAssignmentSchema,
  ClusterSchema,
  create,
  fromBinary,
  HttpConnectionManagerSchema,
  ListenerSchema,
  type MessageInitShape,
  packAny,
  RouteConfigurationSchema,
  type RouteSchema,
  SniClusterSchema,
  TcpProxySchema,
} from "@portolan/envoy";
import { describe, expect, test } from "vitest";
import { encodeResource, encodeResourceBytes, type Hash, type ResourceMessage } from "./encoded-resource.ts";
import { RESOURCE_TYPES, resourceType } from "./resource-type.ts";
import { CLUSTER, parseTypeUrl, type TypeUrl } from "./type-url.ts";

const sha256Version: Hash = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 32);

function cluster(init: MessageInitShape<typeof ClusterSchema>) {
  return encodeResource(create(ClusterSchema, init), sha256Version);
}

test("P-60 the version is a hash of the content, the same wherever and in whatever order it was put together", () => {
  const one = create(ClusterLoadAssignmentSchema, { clusterName: "c", namedEndpoints: { b: {}, a: {} } });
  const two = create(ClusterLoadAssignmentSchema, { namedEndpoints: { a: {}, b: {} }, clusterName: "c" });
  const encoded = encodeResource(one, sha256Version);
  expect(encoded).toEqual(encodeResource(two, sha256Version));
  expect(encoded.version).toMatch(/^[0-9a-f]{32}$/);
  expect(cluster({ name: "c" }).version).not.toBe(cluster({ name: "d" }).version);
  expect(encodeResource(one, sha256Version, { version: "mine" }).version).toBe("mine");
});

test("the body is the Any", () => {
  const { body, typeUrl, name } = cluster({ name: "c" });
  const any = fromBinary(AnySchema, body);
  expect(any.typeUrl).toBe(typeUrl);
  expect(fromBinary(ClusterSchema, any.value).name).toBe(name);
  const other = encodeResourceBytes(
    { typeUrl: "type.googleapis.com/a.B" as TypeUrl, name: "x" },
    any.value,
    sha256Version,
  );
  expect(fromBinary(AnySchema, other.body).value).toEqual(any.value);
});

describe("references", () => {
  const names = (references: readonly { name: string }[]) => references.map(({ name }) => name);

  test("of a cluster: its endpoints, where they come over xDS", () => {
    const eds = { case: "type", value: Cluster_DiscoveryType.EDS } as const;
    expect(names(cluster({ name: "c", clusterDiscoveryType: eds }).references)).toEqual(["c"]);
    const renamed = { name: "c", clusterDiscoveryType: eds, edsClusterConfig: { serviceName: "e" } };
    expect(names(cluster(renamed).references)).toEqual(["e"]);
    const file = { edsConfig: { configSourceSpecifier: { case: "path", value: "/x" } } } as const;
    expect(cluster({ ...renamed, edsClusterConfig: file }).references).toEqual([]);
    expect(cluster({ name: "c" }).references).toEqual([]);
  });

  test("of a listener: its routes and the clusters of its proxies, but not where the SNI names the cluster", () => {
    const proxy = (to: string) =>
      packAny(TcpProxySchema, create(TcpProxySchema, { clusterSpecifier: { case: "cluster", value: to } }));
    const http = packAny(
      HttpConnectionManagerSchema,
      create(HttpConnectionManagerSchema, { routeSpecifier: { case: "rds", value: { routeConfigName: "r" } } }),
    );
    const bySni = packAny(SniClusterSchema, create(SniClusterSchema));
    const chain = (...filters: ReturnType<typeof proxy>[]) => ({
      filters: filters.map((value) => ({ configType: { case: "typedConfig", value } as const })),
    });
    const listener = create(ListenerSchema, {
      name: "l",
      filterChains: [chain(http), chain(proxy("c")), chain(proxy("c")), chain(bySni, proxy("unused"))],
      defaultFilterChain: chain(proxy("d")),
    });
    expect(names(encodeResource(listener, sha256Version).references)).toEqual(["r", "c", "d"]);
  });

  test("of routes: the clusters that they name, each once", () => {
    const to = (value: string): MessageInitShape<typeof RouteSchema> => ({
      action: { case: "route", value: { clusterSpecifier: { case: "cluster", value } } },
    });
    const split: MessageInitShape<typeof RouteSchema> = {
      action: {
        case: "route",
        value: {
          clusterSpecifier: { case: "weightedClusters", value: { clusters: [{ name: "b" }, { name: "c" }] } },
        },
      },
    };
    const redirect: MessageInitShape<typeof RouteSchema> = { action: { case: "redirect", value: {} } };
    const routes = create(RouteConfigurationSchema, {
      name: "r",
      virtualHosts: [{ routes: [to("a"), to("a"), split, redirect] }],
    });
    expect(names(encodeResource(routes, sha256Version).references)).toEqual(["a", "b", "c"]);
  });
});

test("a listener claims the sockets that it binds", () => {
  const socket = (address: string, portValue: number): MessageInitShape<typeof AddressSchema> => ({
    address: { case: "socketAddress", value: { address, portSpecifier: { case: "portValue", value: portValue } } },
  });
  const claims = (init: MessageInitShape<typeof ListenerSchema>) =>
    encodeResource(create(ListenerSchema, { name: "l", ...init }), sha256Version).claims;
  const additionalAddresses = [{ address: socket("::1", 81) }];
  expect(claims({ address: socket("127.0.0.1", 80), additionalAddresses })).toEqual([
    "tcp 127.0.0.1:80",
    "tcp [::1]:81",
  ]);
  expect(claims({ address: socket("127.0.0.1", 80), udpListenerConfig: {} })).toEqual(["udp 127.0.0.1:80"]);
  const pipe = { address: { case: "pipe", value: { path: "/run/x" } } } as const;
  expect(claims({ address: pipe })).toEqual(["pipe /run/x"]);
  for (const init of [
    { address: socket("127.0.0.1", 0) },
    { address: socket("127.0.0.1", 80), bindToPort: false },
    { apiListener: {} },
    {},
  ]) {
    expect(claims(init)).toBeUndefined();
  }
  expect(encodeResource(create(ClusterSchema, { name: "c" }), sha256Version).claims).toBeUndefined();
});

test("a TTL belongs to the version, and must be one that clients and timers can keep", () => {
  const cluster = create(ClusterSchema, { name: "c" });
  const plain = encodeResource(cluster, sha256Version);
  const lasting = encodeResource(cluster, sha256Version, { ttlMs: 30_000 });
  expect(lasting).toMatchObject({ ttlMs: 30_000, body: plain.body });
  expect(lasting.version).not.toBe(plain.version);
  expect(encodeResource(cluster, sha256Version, { ttlMs: 30_000, version: "7" }).version).toBe("7");
  for (const ttlMs of [0, -1, 99, 1000.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
    expect(() => encodeResource(cluster, sha256Version, { ttlMs })).toThrow(
      expect.objectContaining({ code: "bad-ttl" }),
    );
  }
});

test("what is no message is refused by what it is", () => {
  for (const nothing of [undefined, null, { name: "c" }]) {
    expect(() => encodeResource(nothing as unknown as ResourceMessage, sha256Version)).toThrow(
      expect.objectContaining({ code: "unknown-type", message: expect.stringContaining("is no message") }),
    );
  }
});

test("the order of pushes: secrets, clusters, endpoints, listeners, routes; what is not known goes last", () => {
  const known = ["SDS", "CDS", "EDS", "LDS", "RDS"];
  const order = [...RESOURCE_TYPES].sort((a, b) => a.rank - b.rank).map(({ shortName }) => shortName);
  expect(order.filter((shortName) => known.includes(shortName))).toEqual(known);
  const other = parseTypeUrl("type.googleapis.com/acme.Widget");
  expect(other.ok && resourceType(other.value)).toMatchObject({ shortName: "Widget", rank: 9, fullState: false });
  expect(resourceType(CLUSTER).fullState).toBe(true);
});
