import {
  type ClusterLoadAssignment,
  ClusterLoadAssignmentSchema,
  create,
  HealthStatus,
  type LbEndpoint,
  LbEndpointSchema,
  type Locality,
  type LocalityLbEndpoints,
  LocalityLbEndpointsSchema,
  LocalitySchema,
} from "@portolan/envoy";
import { compareText } from "@portolan/model";
import { socketAddress } from "./socket-address.ts";
import type { UpstreamAddress } from "./upstream-address.ts";

/** Envoy's bound on the sum of the weights of one locality. */
const MAX_WEIGHT_SUM = 0xffff_ffff;

/** By locality, in an order that does not depend on that of the addresses; the same address twice is one with both weights. */
export function loadAssignment(clusterName: string, addresses: readonly UpstreamAddress[]): ClusterLoadAssignment {
  const localities = new Map<string, Map<string, UpstreamAddress>>();
  for (const address of addresses) {
    const group = localities.get(address.locality) ?? new Map<string, UpstreamAddress>();
    localities.set(address.locality, group);
    const key = `${address.address} ${String(address.port).padStart(5, "0")} ${address.meshTls}`;
    const before = group.get(key);
    group.set(
      key,
      before === undefined
        ? address
        : { ...address, weight: before.weight + address.weight, healthy: before.healthy || address.healthy },
    );
  }
  return create(ClusterLoadAssignmentSchema, {
    clusterName,
    endpoints: sortedEntries(localities).map(([locality, group]) => localityOf(locality, group)),
  });
}

function localityOf(locality: string, group: ReadonlyMap<string, UpstreamAddress>): LocalityLbEndpoints {
  const addresses = sortedEntries(group).map(([, address]) => address);
  const sum = addresses.reduce((total, address) => total + address.weight, 0);
  const scale = Math.max(1, sum / (MAX_WEIGHT_SUM - addresses.length));
  const weight = (of: UpstreamAddress) => Math.max(1, Math.floor(of.weight / scale));
  return create(LocalityLbEndpointsSchema, {
    ...(locality === "" ? {} : { locality: parseLocality(locality) }),
    lbEndpoints: addresses.map((address) => lbEndpoint(address, weight(address))),
  });
}

function parseLocality(text: string): Locality {
  const [region = "", zone = "", ...subZone] = text.split("/");
  return create(LocalitySchema, { region, zone, subZone: subZone.join("/") });
}

function lbEndpoint(of: UpstreamAddress, weight: number): LbEndpoint {
  return create(LbEndpointSchema, {
    hostIdentifier: { case: "endpoint", value: { address: socketAddress(of.address, of.port) } },
    loadBalancingWeight: weight,
    ...(of.healthy ? {} : { healthStatus: HealthStatus.UNHEALTHY }),
    // Matched by `transport_socket_matches` of the cluster.
    ...(of.meshTls ? { metadata: { filterMetadata: { "envoy.transport_socket_match": { tlsMode: "istio" } } } } : {}),
  });
}

function sortedEntries<Value>(map: ReadonlyMap<string, Value>): (readonly [string, Value])[] {
  return [...map].sort(([a], [b]) => compareText(a, b));
}
