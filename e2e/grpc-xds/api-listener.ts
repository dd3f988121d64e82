import { envoyRegistry, fromJson, type JsonObject, ListenerSchema, RouteConfigurationSchema } from "@portolan/envoy";
import { type EncodedResource, encodeResource, sha256Version } from "@portolan/xds";

const registry = () => ({ registry: envoyRegistry() });

/** A listener as gRPC clients read it: it listens nowhere, and names routes. */
export function apiListener(name: string, routeConfigName: string): EncodedResource {
  const manager = {
    "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    rds: { routeConfigName, configSource: { ads: {}, resourceApiVersion: "V3" } },
    httpFilters: [
      {
        name: "router",
        typedConfig: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
      },
    ],
  };
  const json = { name, apiListener: { apiListener: manager } };
  return encodeResource(fromJson(ListenerSchema, json, registry()), sha256Version);
}

export interface EchoRoute {
  readonly match: JsonObject;
  /** Cluster -> weight; one alone gets all. */
  readonly to: Readonly<Record<string, number>>;
}

export function echoRoutes(name: string, host: string, routes: readonly EchoRoute[]): EncodedResource {
  const json = {
    name,
    virtualHosts: [
      {
        name: "all",
        domains: [host],
        routes: routes.map(({ match, to }) => {
          const [first, ...others] = Object.entries(to);
          const clusters = Object.entries(to).map(([cluster, weight]) => ({ name: cluster, weight }));
          return {
            match,
            route: others.length === 0 ? { cluster: first?.[0] ?? "" } : { weightedClusters: { clusters } },
          };
        }),
      },
    ],
  };
  return encodeResource(fromJson(RouteConfigurationSchema, json, registry()), sha256Version);
}
