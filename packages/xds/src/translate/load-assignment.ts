import {
  type ClusterLoadAssignment,
  ClusterLoadAssignmentSchema,
  create,
  HealthStatus,
  type LbEndpoint,
  LbEndpointSchema,
  type Locality,
  LocalityLbEndpointsSchema,
  LocalitySchema,
} from "@portolan/envoy";
import { compareText } from "@portolan/model";
import { socketAddress } from "./socket-address.ts";
import type { UpstreamAddress } from "./upstream-address.ts";

/** Envoy's bound on the sum of the weights of one locality. */
const MAX_WEIGHT_SUM = 0xffff_ffff;

/** What Envoy is told by `transport_socket_matches` of a cluster: this endpoint speaks the mesh's TLS. */
export const MESH_TLS = { filterMetadata: { "envoy.transport_socket_match": { tlsMode: "istio" } } } as const;

export interface WeightedAddress {
  readonly of: UpstreamAddress;
  /** So that the sum of a locality's weights is within Envoy's bound. */
  readonly weight: number;
}

export interface WeightedLocality {
  readonly locality: string;
  readonly endpoints: readonly WeightedAddress[];
}

/** By locality, in an order that does not depend on that of the addresses; the same address twice is one with both weights. */
export function weighAddresses(addresses: readonly UpstreamAddress[]): readonly WeightedLocality[] {
  // A mesh has its endpoints in order already.
  const isSorted = addresses.every((address, at) => at === 0 || byPlace(addresses[at - 1]!, address) <= 0);
  const sorted = isSorted ? addresses : [...addresses].sort(byPlace);
  const localities: { readonly locality: string; readonly addresses: UpstreamAddress[] }[] = [];
  for (const of of sorted) {
    let last = localities.at(-1);
    if (last === undefined || last.locality !== of.locality) {
      last = { locality: of.locality, addresses: [] };
      localities.push(last);
    }
    const before = last.addresses.at(-1);
    if (before === undefined || byPlace(before, of) !== 0) last.addresses.push(of);
    else {
      const both = { weight: before.weight + of.weight, healthy: before.healthy || of.healthy };
      last.addresses[last.addresses.length - 1] = { ...before, ...both };
    }
  }
  return localities.map(({ locality, addresses: group }) => ({ locality, endpoints: weighed(group) }));
}

function byPlace(a: UpstreamAddress, b: UpstreamAddress): number {
  return (
    compareText(a.locality, b.locality) ||
    compareText(a.address, b.address) ||
    a.port - b.port ||
    Number(a.meshTls) - Number(b.meshTls)
  );
}

function weighed(addresses: readonly UpstreamAddress[]): readonly WeightedAddress[] {
  const sum = addresses.reduce((total, address) => total + address.weight, 0);
  const scale = Math.max(1, sum / (MAX_WEIGHT_SUM - addresses.length));
  return addresses.map((of) => ({ of, weight: Math.max(1, Math.floor(of.weight / scale)) }));
}

export function loadAssignment(clusterName: string, addresses: readonly UpstreamAddress[]): ClusterLoadAssignment {
  return create(ClusterLoadAssignmentSchema, {
    clusterName,
    endpoints: weighAddresses(addresses).map(({ locality, endpoints }) =>
      create(LocalityLbEndpointsSchema, {
        ...(locality === "" ? {} : { locality: parseLocality(locality) }),
        lbEndpoints: endpoints.map(lbEndpoint),
      }),
    ),
  });
}

function parseLocality(text: string): Locality {
  const [region = "", zone = "", ...subZone] = text.split("/");
  return create(LocalitySchema, { region, zone, subZone: subZone.join("/") });
}

function lbEndpoint({ of, weight }: WeightedAddress): LbEndpoint {
  return create(LbEndpointSchema, {
    hostIdentifier: { case: "endpoint", value: { address: socketAddress(of.address, of.port) } },
    loadBalancingWeight: weight,
    ...(of.healthy ? {} : { healthStatus: HealthStatus.UNHEALTHY }),
    ...(of.meshTls ? { metadata: MESH_TLS } : {}),
  });
}
