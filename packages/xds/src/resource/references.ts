import {
  type Any,
  type Cluster,
  Cluster_DiscoveryType,
  type FilterChain,
  fromBinary,
  HttpConnectionManagerSchema,
  type Listener,
  type RouteConfiguration,
  SniClusterSchema,
  TcpProxySchema,
  typeUrlOf,
} from "@portolan/envoy";
import type { ResourceName } from "./resource-name.ts";
import { CLUSTER, CLUSTER_LOAD_ASSIGNMENT, ROUTE_CONFIGURATION } from "./type-url.ts";

/** Its load assignment, where that comes over xDS. */
export function referencesOfCluster(cluster: Cluster): readonly ResourceName[] {
  const kind = cluster.clusterDiscoveryType;
  if (kind.case !== "type" || kind.value !== Cluster_DiscoveryType.EDS) return [];
  const source = cluster.edsClusterConfig?.edsConfig?.configSourceSpecifier.case;
  if (source === "path" || source === "pathConfigSource") return [];
  return [{ typeUrl: CLUSTER_LOAD_ASSIGNMENT, name: cluster.edsClusterConfig?.serviceName || cluster.name }];
}

/** Route configurations and clusters that its filter chains name, or, where gRPC clients are to read it, its API listener. */
export function referencesOfListener(listener: Listener): readonly ResourceName[] {
  const api = listener.apiListener?.apiListener;
  if (api !== undefined) return unique(referencesOfFilter(api, false));
  const chains = listener.defaultFilterChain
    ? [...listener.filterChains, listener.defaultFilterChain]
    : listener.filterChains;
  return unique(chains.flatMap(referencesOfChain));
}

function referencesOfChain(chain: FilterChain): readonly ResourceName[] {
  const configs = chain.filters.flatMap((filter) =>
    filter.configType.case === "typedConfig" ? [filter.configType.value] : [],
  );
  // sni_cluster puts the SNI in the place of the cluster that tcp_proxy names.
  const bySni = configs.some((config) => config.typeUrl === typeUrlOf(SniClusterSchema));
  return configs.flatMap((config) => referencesOfFilter(config, bySni));
}

function referencesOfFilter(config: Any, bySni: boolean): readonly ResourceName[] {
  if (config.typeUrl === typeUrlOf(HttpConnectionManagerSchema)) {
    const { routeSpecifier } = fromBinary(HttpConnectionManagerSchema, config.value);
    if (routeSpecifier.case === "rds") {
      return [{ typeUrl: ROUTE_CONFIGURATION, name: routeSpecifier.value.routeConfigName }];
    }
    return routeSpecifier.case === "routeConfig" ? referencesOfRoutes(routeSpecifier.value) : [];
  }
  if (config.typeUrl === typeUrlOf(TcpProxySchema) && !bySni) {
    const { clusterSpecifier } = fromBinary(TcpProxySchema, config.value);
    if (clusterSpecifier.case === "cluster") return [{ typeUrl: CLUSTER, name: clusterSpecifier.value }];
    if (clusterSpecifier.case === "weightedClusters") {
      return clusterSpecifier.value.clusters.map(({ name }) => ({ typeUrl: CLUSTER, name }));
    }
  }
  return [];
}

/** The clusters that its routes name; not those that a header names. */
export function referencesOfRoutes(routes: RouteConfiguration): readonly ResourceName[] {
  return unique(
    routes.virtualHosts
      .flatMap((host) => host.routes)
      .flatMap((route) => {
        if (route.action.case !== "route") return [];
        const { clusterSpecifier } = route.action.value;
        if (clusterSpecifier.case === "cluster") return [clusterSpecifier.value];
        if (clusterSpecifier.case === "weightedClusters") {
          return clusterSpecifier.value.clusters.map(({ name }) => name).filter((name) => name !== "");
        }
        return [];
      })
      .map((name) => ({ typeUrl: CLUSTER, name })),
  );
}

function unique(names: readonly ResourceName[]): readonly ResourceName[] {
  const seen = new Map(names.map((name) => [`${name.typeUrl} ${name.name}`, name]));
  return [...seen.values()];
}
