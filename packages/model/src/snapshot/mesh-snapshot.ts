import type { IpAddress } from "../address.ts";
import type { Cidr } from "../cidr.ts";
import type { Hostname, Namespace, NetworkId, ServiceId, WorkloadId } from "../names.ts";
import type { DestinationRuleObject } from "../object/destination-rule.ts";
import type { GatewayObject, SidecarObject } from "../object/gateway.ts";
import type { ObjectKey } from "../object/key.ts";
import type { NetworkGateway, ProxyMode } from "../object/mesh.ts";
import type { MeshObject } from "../object/object.ts";
import type { Problem } from "../problem.ts";
import type { TrustDomain } from "../spiffe.ts";
import type { InboundPort, ServiceEndpoints, Workload } from "./endpoint.ts";
import type { ImmutableMap } from "./immutable-map.ts";
import type { Service } from "./service.ts";

/** The whole mesh at one revision. Immutable; what did not change since the last one is the same reference. */
export interface MeshSnapshot {
  readonly revision: number;
  /** Every object as its source said it. */
  readonly objects: ImmutableMap<ObjectKey, MeshObject>;
  readonly settings: MeshSettings;
  readonly networks: MeshNetworks;
  readonly services: ImmutableMap<ServiceId, Service>;
  /** Ids of the services that bear a host name, sorted; more than one where several namespaces define it. */
  readonly servicesByHost: ImmutableMap<Hostname, readonly ServiceId[]>;
  readonly endpoints: ImmutableMap<ServiceId, ServiceEndpoints>;
  readonly workloads: ImmutableMap<WorkloadId, Workload>;
  /** Workload ids by IP address, sorted. */
  readonly workloadsByAddress: ImmutableMap<IpAddress, readonly WorkloadId[]>;
  /** Keyed `namespace/address`: what a proxy of that namespace at that address serves, sorted by host and port. */
  readonly inbound: ImmutableMap<InboundKey, readonly InboundPort[]>;
  readonly gateways: ImmutableMap<ObjectKey, GatewayObject>;
  readonly sidecars: ImmutableMap<ObjectKey, SidecarObject>;
  readonly destinationRules: ImmutableMap<ObjectKey, DestinationRuleObject>;
  /** Host name -> index in the VIP pools, for life. */
  readonly vips: ImmutableMap<Hostname, number>;
  /** Problems found while the objects were joined, by the object concerned. */
  readonly problems: ImmutableMap<ObjectKey, readonly Problem[]>;
}

export type InboundKey = `${Namespace}/${IpAddress}`;

/** Mesh settings with every default filled in. */
export interface MeshSettings {
  readonly trustDomain: TrustDomain;
  readonly rootNamespace: Namespace;
  readonly mode: ProxyMode;
  readonly ownedSuffixes: readonly Hostname[];
  readonly serviceCidrs: readonly Cidr[];
  readonly bindPool: Cidr;
  readonly capturePool: Cidr;
}

export interface MeshNetworks {
  /** Gateways of a network as other networks dial them, sorted. A network without gateways is taken as directly reachable. */
  readonly gateways: ReadonlyMap<NetworkId, readonly NetworkGateway[]>;
}

/** What differs between a snapshot and the one before it. Sets hold what was added, changed or removed. */
export interface MeshChange {
  readonly from: number;
  readonly to: number;
  readonly objects: ReadonlySet<ObjectKey>;
  /** Services whose own definition changed, or whose VIP did. */
  readonly services: ReadonlySet<ServiceId>;
  /** Services whose endpoints changed. */
  readonly endpoints: ReadonlySet<ServiceId>;
  readonly workloads: ReadonlySet<WorkloadId>;
  readonly inbound: ReadonlySet<InboundKey>;
  readonly gateways: ReadonlySet<ObjectKey>;
  readonly sidecars: ReadonlySet<ObjectKey>;
  readonly destinationRules: ReadonlySet<ObjectKey>;
  readonly settings: boolean;
  readonly networks: boolean;
  /** Objects whose list of problems changed. */
  readonly problems: ReadonlySet<ObjectKey>;
}

/** What one settle of the sources says: one batch is one revision. */
export interface Batch {
  readonly revision: number;
  readonly upserted: readonly MeshObject[];
  readonly removed: readonly ObjectKey[];
  /** Host names that got (index) or lost (undefined) their place in the VIP pools. */
  readonly vips: ReadonlyMap<Hostname, number | undefined>;
}
