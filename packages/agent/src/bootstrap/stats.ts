import {
  Cluster_DiscoveryType,
  type ClusterSchema,
  create,
  HttpConnectionManagerSchema,
  type ListenerSchema,
  type MessageInitShape,
  packAny,
  RouterSchema,
} from "@portolan/envoy";

const CLUSTER = "prometheus_stats";

/** Envoy's own admin port, of which only the metrics are shown. */
export function statsCluster(adminPort: number): MessageInitShape<typeof ClusterSchema> {
  return {
    name: CLUSTER,
    clusterDiscoveryType: { case: "type", value: Cluster_DiscoveryType.STATIC },
    connectTimeout: { seconds: 1n },
    loadAssignment: {
      clusterName: CLUSTER,
      endpoints: [
        { lbEndpoints: [{ hostIdentifier: { case: "endpoint", value: { address: loopbackAddress(adminPort) } } }] },
      ],
    },
  };
}

export function statsListener(port: number): MessageInitShape<typeof ListenerSchema> {
  const connections = create(HttpConnectionManagerSchema, {
    statPrefix: "stats",
    routeSpecifier: {
      case: "routeConfig",
      value: {
        virtualHosts: [
          {
            name: "stats",
            domains: ["*"],
            routes: [
              {
                match: { pathSpecifier: { case: "path", value: "/stats/prometheus" } },
                action: { case: "route", value: { clusterSpecifier: { case: "cluster", value: CLUSTER } } },
              },
            ],
          },
        ],
      },
    },
    httpFilters: [
      {
        name: "envoy.filters.http.router",
        configType: { case: "typedConfig", value: packAny(RouterSchema, create(RouterSchema)) },
      },
    ],
  });
  return {
    name: "stats",
    address: loopbackAddress(port),
    enableReusePort: false,
    filterChains: [
      {
        filters: [
          {
            name: "envoy.filters.network.http_connection_manager",
            configType: { case: "typedConfig", value: packAny(HttpConnectionManagerSchema, connections) },
          },
        ],
      },
    ],
  };
}

export function loopbackAddress(port: number) {
  const value = { address: "127.0.0.1", portSpecifier: { case: "portValue" as const, value: port } };
  return { address: { case: "socketAddress" as const, value } };
}
