import {
  type Cluster,
  Cluster_DiscoveryType,
  Cluster_DnsLookupFamily,
  ClusterSchema,
  create,
  FilterChainSchema,
  type Listener,
  ListenerSchema,
  TrafficDirection,
} from "@portolan/envoy";
import {
  CONTROL_PLANE_SNI,
  type IpAddress,
  type NetworkId,
  type PortNumber,
  type ProxyMode,
  parseIpAddress,
  type ServiceEndpoints,
  type SniTarget,
  sniEndpoints,
} from "@portolan/model";
import { sniCluster, tcpProxy, tlsInspector } from "./filters.ts";
import { loadAssignment } from "./load-assignment.ts";
import { BLACK_HOLE_CLUSTER, CONTROL_PLANE_CLUSTER, listenerName } from "./names.ts";
import { discoveryFields } from "./outbound-cluster.ts";
import { socketAddress } from "./socket-address.ts";
import { localAddress, type UpstreamAddress } from "./upstream-address.ts";

/** Where the control plane serves xDS, as a gateway dials it. */
export interface ControlPlaneAddress {
  readonly address: string;
  readonly port: number;
}

/** All that the listener of an SNI gateway is made from. */
export interface PassthroughListenerInput {
  readonly address: IpAddress;
  readonly port: PortNumber;
  /** Wildcards, as `passthroughNames` gives them. */
  readonly names: readonly string[];
  /** Whether the control plane is reached here too. */
  readonly controlPlane: boolean;
}

/**
 * Passes TLS on unterminated to the cluster that bears its SNI. A name without such a cluster is closed and counted in
 * `tcp.sni.downstream_cx_no_route`; other suffixes, no SNI and plaintext find no filter chain (`no_filter_chain_match`).
 */
export function translatePassthroughListener(input: PassthroughListenerInput): Listener {
  const { address, port, names, controlPlane } = input;
  return create(ListenerSchema, {
    name: listenerName(address, port),
    address: socketAddress(address, port),
    enableReusePort: false,
    trafficDirection: TrafficDirection.INBOUND,
    listenerFilters: [tlsInspector()],
    filterChains: [
      ...(names.length === 0
        ? []
        : [
            create(FilterChainSchema, {
              name: "sni",
              filterChainMatch: { serverNames: [...names] },
              filters: [sniCluster(), tcpProxy(BLACK_HOLE_CLUSTER, "sni")],
            }),
          ]),
      ...(controlPlane
        ? [
            create(FilterChainSchema, {
              name: "control-plane",
              filterChainMatch: { serverNames: [CONTROL_PLANE_SNI] },
              filters: [tcpProxy(CONTROL_PLANE_CLUSTER, "control_plane")],
            }),
          ]
        : []),
    ],
  });
}

/** Where the gateway passes a name on to. */
export interface SniUpstream {
  readonly discovery: "eds" | "dns";
  readonly addresses: readonly UpstreamAddress[];
}

/**
 * The endpoints of the gateway's own network, by the Envoys that terminate the TLS: nothing goes back out to another
 * network. The bytes are TLS already, so the gateway adds none.
 */
export function sniUpstream(
  target: SniTarget,
  endpoints: ServiceEndpoints | undefined,
  network: NetworkId,
  mode: ProxyMode,
): SniUpstream {
  const addresses = sniEndpoints(endpoints, target, network).flatMap((endpoint) => {
    const address = localAddress(endpoint, { name: target.portName }, "mesh", mode);
    return address === undefined ? [] : [{ ...address, meshTls: false }];
  });
  return { discovery: addresses.every(({ address }) => parseIpAddress(address).ok) ? "eds" : "dns", addresses };
}

/** A service's port as the gateway's upstream: named by its SNI, TLS inside untouched. */
export function translateSniCluster(sni: string, { discovery, addresses }: SniUpstream): Cluster {
  return create(ClusterSchema, {
    name: sni,
    ...discoveryFields(sni, discovery === "eds" ? { kind: "eds" } : { kind: "dns", addresses }),
    commonLbConfig: { healthyPanicThreshold: { value: 0 } },
  });
}

export function translateControlPlaneCluster({ address, port }: ControlPlaneAddress): Cluster {
  const isIp = parseIpAddress(address).ok;
  return create(ClusterSchema, {
    name: CONTROL_PLANE_CLUSTER,
    clusterDiscoveryType: {
      case: "type",
      value: isIp ? Cluster_DiscoveryType.STATIC : Cluster_DiscoveryType.STRICT_DNS,
    },
    ...(isIp ? {} : { dnsLookupFamily: Cluster_DnsLookupFamily.V4_PREFERRED }),
    loadAssignment: loadAssignment(CONTROL_PLANE_CLUSTER, [
      { address, port, meshTls: false, weight: 1, locality: "", healthy: true },
    ]),
  });
}
