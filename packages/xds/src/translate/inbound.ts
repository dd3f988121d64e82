import {
  type Cluster,
  Cluster_DiscoveryType,
  ClusterSchema,
  create,
  type FilterChain,
  FilterChainSchema,
  HttpConnectionManager_ForwardClientCertDetails,
  type Listener,
  ListenerSchema,
  packAny,
  RouteConfigurationSchema,
  TrafficDirection,
  UpstreamHttpProtocolOptionsSchema,
} from "@portolan/envoy";
import { INBOUND_PORT, type IpAddress, isIpv6, isLoopback, type PortNumber } from "@portolan/model";
import { serverAlpn } from "./alpn.ts";
import { HTTP_PROTOCOL_OPTIONS } from "./connection-pool.ts";
import { durationOfMs } from "./duration.ts";
import { httpConnectionManager, tcpProxy, tlsInspector } from "./filters.ts";
import { sniMatcher } from "./inbound-matcher.ts";
import type { InboundChain } from "./inbound-ports.ts";
import { loadAssignment } from "./load-assignment.ts";
import { inboundClusterName } from "./names.ts";
import type { SecretOrigin } from "./secret-config.ts";
import { socketAddress } from "./socket-address.ts";
import { meshServerTls } from "./tls.ts";

/** All that the way into a workload is made from. */
export interface InboundInput {
  readonly address: IpAddress;
  readonly chains: readonly InboundChain[];
  readonly secrets: SecretOrigin;
}

/** Istio's name. */
export const INBOUND_LISTENER = "virtualInbound";

/**
 * The one listener of bind mode for every port that the workload serves: mutual TLS only, the port chosen by SNI. Plaintext
 * and names that it does not serve find no filter chain and are closed. Not to be made where it serves nothing.
 */
export function translateInboundListener({ address, chains, secrets }: InboundInput): Listener {
  return create(ListenerSchema, {
    name: INBOUND_LISTENER,
    address: socketAddress(address, INBOUND_PORT),
    enableReusePort: false,
    trafficDirection: TrafficDirection.INBOUND,
    listenerFilters: [tlsInspector()],
    filterChainMatcher: sniMatcher(chains),
    filterChains: chains.map((chain) => filterChain(chain, secrets)),
  });
}

function filterChain(chain: InboundChain, secrets: SecretOrigin): FilterChain {
  const cluster = inboundClusterName(chain.targetPort);
  const statPrefix = `inbound_${chain.targetPort}`;
  return create(FilterChainSchema, {
    name: chain.name,
    transportSocket: meshServerTls(serverAlpn(chain.family), secrets),
    filters: [chain.family === "http" ? http(statPrefix, cluster) : tcpProxy(cluster, statPrefix)],
  });
}

/** The caller's URI is added to `x-forwarded-client-cert` behind what earlier hops of the mesh put there. */
function http(statPrefix: string, cluster: string) {
  return httpConnectionManager({
    statPrefix,
    forwardClientCertDetails: HttpConnectionManager_ForwardClientCertDetails.APPEND_FORWARD,
    setCurrentClientCertDetails: { uri: true },
    routeSpecifier: {
      case: "routeConfig",
      value: create(RouteConfigurationSchema, {
        name: cluster,
        virtualHosts: [
          {
            name: "inbound",
            domains: ["*"],
            routes: [
              {
                match: { pathSpecifier: { case: "prefix", value: "/" } },
                action: {
                  case: "route",
                  value: { clusterSpecifier: { case: "cluster", value: cluster }, timeout: durationOfMs(0) },
                },
              },
            ],
          },
        ],
      }),
    },
  });
}

/** One cluster for each port of the application, sorted by port. */
export function translateInboundClusters({ address, chains }: InboundInput): readonly Cluster[] {
  const http = new Map<PortNumber, boolean>();
  for (const { targetPort, family } of chains) http.set(targetPort, http.get(targetPort) === true || family === "http");
  return [...http]
    .sort(([a], [b]) => a - b)
    .map(([targetPort, isHttp]) => {
      const name = inboundClusterName(targetPort);
      return create(ClusterSchema, {
        name,
        clusterDiscoveryType: { case: "type", value: Cluster_DiscoveryType.STATIC },
        loadAssignment: loadAssignment(name, [
          {
            address: applicationAddress(address),
            port: targetPort,
            meshTls: false,
            weight: 1,
            locality: "",
            healthy: true,
          },
        ]),
        // The application gets the protocol that the caller's Envoy speaks, which is the one that its port declares.
        ...(isHttp ? { typedExtensionProtocolOptions: { [HTTP_PROTOCOL_OPTIONS]: sameAsDownstream() } } : {}),
      });
    });
}

/** The application listens on loopback; where the workload's address is itself one, several share a host and each has its own. */
function applicationAddress(workload: IpAddress): string {
  if (isLoopback(workload)) return workload;
  return isIpv6(workload) ? "::1" : "127.0.0.1";
}

function sameAsDownstream() {
  return packAny(
    UpstreamHttpProtocolOptionsSchema,
    create(UpstreamHttpProtocolOptionsSchema, {
      upstreamProtocolOptions: {
        case: "useDownstreamProtocolConfig",
        value: { httpProtocolOptions: {}, http2ProtocolOptions: {} },
      },
    }),
  );
}
