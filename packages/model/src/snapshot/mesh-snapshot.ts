import type { IpAddress } from "../address.ts";
import type { Brand } from "../brand.ts";
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
  /** The other way round: the hosts at an index (as text); more than one only if the store was tampered with. */
  readonly vipHosts: ImmutableMap<string, readonly Hostname[]>;
  /** What `settings` is where no MeshConfig says otherwise. */
  readonly defaults: MeshSettings;
  /** Where objects are found again by what they say, so that a change costs what it touches; for this package only. */
  readonly index: ImmutableMap<IndexKey, readonly ObjectKey[]>;
  /** Problems found while the objects were joined, by the object concerned. */
  readonly problems: ImmutableMap<ObjectKey, readonly Problem[]>;
}

/** `host:shop/reviews...`, `label:shop/app=reviews`, ...; made in `compile/index-keys.ts`. */
export type IndexKey = Brand<string, "IndexKey">;

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
  /** The network of which an address is a gateway. */
  readonly gatewayNetworks: ReadonlyMap<IpAddress | Hostname, NetworkId>;
  /** Address blocks (`fromCidr`), the longest prefix first. */
  readonly blocks: readonly { readonly cidr: Cidr; readonly network: NetworkId }[];
  /** The network of everything else that Kubernetes objects name (`fromRegistry: Kubernetes`). */
  readonly registryNetwork: NetworkId;
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
