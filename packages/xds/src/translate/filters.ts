import {
  type Any,
  create,
  type DescMessage,
  type Filter,
  FilterSchema,
  type HttpConnectionManager,
  HttpConnectionManager_UpgradeConfigSchema,
  HttpConnectionManagerSchema,
  HttpFilterSchema,
  type ListenerFilter,
  ListenerFilterSchema,
  type MessageInitShape,
  type MessageShape,
  packAny,
  RdsSchema,
  RouterSchema,
  SniClusterSchema,
  TcpProxySchema,
  TlsInspectorSchema,
} from "@portolan/envoy";
import { adsSource } from "./ads.ts";
import { durationOfMs } from "./duration.ts";

/** Reads the SNI of a connection without terminating TLS. */
export function tlsInspector(): ListenerFilter {
  return create(ListenerFilterSchema, {
    name: "envoy.filters.listener.tls_inspector",
    configType: { case: "typedConfig", value: packAny(TlsInspectorSchema, create(TlsInspectorSchema)) },
  });
}

/** Passes bytes to a cluster. */
export function tcpProxy(cluster: string, statPrefix: string): Filter {
  return filter(
    "envoy.filters.network.tcp_proxy",
    TcpProxySchema,
    create(TcpProxySchema, { statPrefix, clusterSpecifier: { case: "cluster", value: cluster } }),
  );
}

/** Takes the name of the cluster from the SNI. */
export function sniCluster(): Filter {
  return filter("envoy.filters.network.sni_cluster", SniClusterSchema, create(SniClusterSchema));
}

/** The routes either stand in it or come over ADS under a name. */
export type HttpRoutes = Exclude<HttpConnectionManager["routeSpecifier"], { case: undefined }>;

/** Streams may be idle for as long as applications want: neither side is cut by a default of ours. */
export function httpConnectionManager(
  options: MessageInitShape<typeof HttpConnectionManagerSchema> & { readonly statPrefix: string },
): Filter {
  return filter(
    "envoy.filters.network.http_connection_manager",
    HttpConnectionManagerSchema,
    create(HttpConnectionManagerSchema, {
      ...options,
      streamIdleTimeout: durationOfMs(0),
      upgradeConfigs: [create(HttpConnectionManager_UpgradeConfigSchema, { upgradeType: "websocket" })],
      httpFilters: [
        create(HttpFilterSchema, {
          name: "envoy.filters.http.router",
          configType: { case: "typedConfig", value: packAny(RouterSchema, create(RouterSchema)) },
        }),
      ],
    }),
  );
}

export function routesOverAds(routeConfigName: string): HttpRoutes {
  return { case: "rds", value: create(RdsSchema, { configSource: adsSource(), routeConfigName }) };
}

function filter<Schema extends DescMessage>(name: string, schema: Schema, message: MessageShape<Schema>): Filter {
  const value: Any = packAny(schema, message);
  return create(FilterSchema, { name, configType: { case: "typedConfig", value } });
}
