import { ClusterLoadAssignmentSchema, fromBinary } from "@portolan/envoy";
import type {
  Endpoint,
  MeshNetworks,
  NetworkId,
  PortNumber,
  ServiceEndpoints,
  ServiceId,
  ServicePort,
} from "@portolan/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CLUSTER_LOAD_ASSIGNMENT } from "../resource/type-url.ts";
import { valueOfAny } from "../resource/wire.ts";
import { type EndpointsInput, translateEndpoints } from "./endpoints.ts";
import { labelsOf } from "./testing/objects.ts";

const port: ServicePort = { name: "http", number: 8000 as PortNumber, protocol: "HTTP" };

function endpoint(address: string, more: Partial<Endpoint> = {}): Endpoint {
  return {
    address: address as Endpoint["address"],
    ports: new Map([["http", 8080 as PortNumber]]),
    transport: "mtls",
    network: "" as NetworkId,
    locality: "",
    weight: 1,
    healthy: true,
    labels: new Map(),
    identity: undefined,
    workload: undefined,
    ...more,
  };
}

function networksOf(gateways: Record<string, readonly string[]>): MeshNetworks {
  return {
    gateways: new Map(
      Object.entries(gateways).map(([name, list]) => [
        name as NetworkId,
        list.map((address) => ({ address, port: 15443 })) as never,
      ]),
    ),
    gatewayNetworks: new Map(),
    blocks: [],
    registryNetwork: "" as NetworkId,
  };
}

/** `address:port weight tlsMode health`, sorted as they stand. */
function translated(endpoints: readonly Endpoint[], input: Partial<EndpointsInput> = {}): readonly string[] {
  const served: ServiceEndpoints = { service: "shop/x" as ServiceId, endpoints, identities: [] };
  const { body } = translateEndpoints({
    clusterName: "c",
    port,
    subset: undefined,
    endpoints: served,
    network: "" as NetworkId,
    networks: networksOf({}),
    reach: "mesh",
    mode: "bind",
    ...input,
  });
  const assignment = fromBinary(ClusterLoadAssignmentSchema, valueOfAny(CLUSTER_LOAD_ASSIGNMENT, body));
  return assignment.endpoints.flatMap(({ locality, lbEndpoints }) =>
    lbEndpoints.map(({ hostIdentifier, loadBalancingWeight, metadata, healthStatus }) => {
      const address = hostIdentifier.case === "endpoint" ? hostIdentifier.value.address?.address : undefined;
      const socket = address?.case === "socketAddress" ? address.value : undefined;
      return [
        `${socket?.address}:${socket?.portSpecifier.value}`,
        loadBalancingWeight,
        metadata?.filterMetadata["envoy.transport_socket_match"]?.tlsMode ?? "plaintext",
        ...(healthStatus === 0 ? [] : ["unhealthy"]),
        ...(locality === undefined ? [] : [[locality.region, locality.zone, locality.subZone].join("/")]),
      ].join(" ");
    }),
  );
}

describe("translateEndpoints", () => {
  test("an endpoint with an Envoy is dialled at 15006 over mesh TLS, one without at its own port", () => {
    expect(translated([endpoint("10.0.0.1"), endpoint("10.0.0.2", { transport: "plaintext" })])).toEqual([
      "10.0.0.1:15006 1 istio",
      "10.0.0.2:8080 1 plaintext",
    ]);
  });

  test("0.39 a gateway's address is dialled at the port that the entry says, over mesh TLS", () => {
    const ports = new Map([["http", 15443 as PortNumber]]);
    expect(translated([endpoint("192.0.2.1", { transport: "gateway", ports })])).toEqual(["192.0.2.1:15443 1 istio"]);
  });

  test("a port that an endpoint does not serve leads to others only", () => {
    expect(translated([endpoint("10.0.0.1", { ports: new Map() })])).toEqual([]);
  });

  test("another network is reached at its gateways, which share the weight of what stands behind them", () => {
    const east = endpoint("10.1.0.1", { network: "east" as NetworkId, weight: 3, locality: "eu/a" });
    const west = ["10.2.0.1", "10.2.0.2"].map((address) =>
      endpoint(address, { network: "west" as NetworkId, weight: 2 }),
    );
    const networks = networksOf({ west: ["192.0.2.1", "192.0.2.2", "192.0.2.3"] });
    expect(translated([east, ...west], { network: "east" as NetworkId, networks })).toEqual([
      "192.0.2.1:15443 4 istio",
      "192.0.2.2:15443 4 istio",
      "192.0.2.3:15443 4 istio",
      "10.1.0.1:15006 9 istio eu/a/",
    ]);
    // Without gateways it is taken as directly reachable.
    expect(translated(west, { network: "east" as NetworkId })).toEqual([
      "10.2.0.1:15006 2 istio",
      "10.2.0.2:15006 2 istio",
    ]);
  });

  test("what has no Envoy, and what is named by a host name, is not reached through a gateway", () => {
    const plain = endpoint("10.2.0.1", { network: "west" as NetworkId, transport: "plaintext" });
    expect(translated([plain], { networks: networksOf({ west: ["192.0.2.1"] }) })).toEqual([]);
    const mesh = endpoint("10.2.0.1", { network: "west" as NetworkId });
    expect(translated([mesh], { networks: networksOf({ west: ["gateway.example.com"] }) })).toEqual([]);
  });

  test("unhealthy endpoints behind a gateway do not count unless there are no others", () => {
    const network = "west" as NetworkId;
    const networks = networksOf({ west: ["192.0.2.1"] });
    const sick = endpoint("10.2.0.1", { network, healthy: false, weight: 5 });
    expect(translated([sick, endpoint("10.2.0.2", { network })], { networks })).toEqual(["192.0.2.1:15443 1 istio"]);
    expect(translated([sick], { networks })).toEqual(["192.0.2.1:15443 5 istio unhealthy"]);
    expect(translated([endpoint("10.0.0.1", { healthy: false })])).toEqual(["10.0.0.1:15006 1 istio unhealthy"]);
  });

  test("a rule that takes clients out of the mesh leads past the Envoy to the application", () => {
    expect(translated([endpoint("10.0.0.1")], { reach: "application" })).toEqual(["10.0.0.1:8080 1 plaintext"]);
    expect(translated([endpoint("192.0.2.1", { transport: "gateway" })], { reach: "application" })).toEqual([]);
  });

  test("a subset is made of the endpoints with its labels, and of gateways whose labels do not contradict", () => {
    const subset = labelsOf({ version: "v1" });
    const v1 = endpoint("10.0.0.1", { labels: labelsOf({ version: "v1", app: "x" }) });
    const v2 = endpoint("10.0.0.2", { labels: labelsOf({ version: "v2" }) });
    const gateways = [
      endpoint("192.0.2.1", { transport: "gateway" }),
      endpoint("192.0.2.2", { transport: "gateway", labels: labelsOf({ version: "v2" }) }),
    ];
    expect(translated([v1, v2, endpoint("10.0.0.3"), ...gateways], { subset })).toEqual([
      "10.0.0.1:15006 1 istio",
      "192.0.2.1:8080 1 istio",
    ]);
  });

  test("one address twice is one endpoint with both weights", () => {
    expect(translated([endpoint("10.0.0.1", { weight: 2 }), endpoint("10.0.0.1", { weight: 3 })])).toEqual([
      "10.0.0.1:15006 5 istio",
    ]);
  });

  test("the order of endpoints does not matter, weights keep their proportion and fit Envoy's sum", () => {
    const drawn = fc.record({
      host: fc.integer({ min: 1, max: 5 }),
      weight: fc.integer({ min: 1, max: 0xffff_ffff }),
      network: fc.constantFrom("", "west"),
      locality: fc.constantFrom("", "eu/a", "us"),
    });
    fc.assert(
      fc.property(fc.array(drawn, { maxLength: 8 }), (list) => {
        const endpoints = list.map(({ host, weight, network, locality }) =>
          endpoint(`10.0.0.${host}`, { weight, network: network as NetworkId, locality }),
        );
        const networks = networksOf({ west: ["192.0.2.1", "192.0.2.2"] });
        const lines = translated(endpoints, { networks });
        expect(translated(endpoints.toReversed(), { networks })).toEqual(lines);
        const weights = lines.map((line) => Number(line.split(" ")[1]));
        for (const weight of weights) expect(weight).toBeGreaterThanOrEqual(1);
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeLessThanOrEqual(3 * 0xffff_ffff);
      }),
    );
  });
});
