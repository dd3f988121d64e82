import {
  ClusterLoadAssignmentSchema,
  ClusterSchema,
  envoyRegistry,
  fromJson,
  type JsonObject,
  ListenerSchema,
  RouteConfigurationSchema,
} from "@portolan/envoy";
import { type EncodedResource, encodeResource, sha256Version } from "@portolan/xds";

const ads = { ads: {}, resourceApiVersion: "V3" };
const registry = () => ({ registry: envoyRegistry() });

export interface SocketPlace {
  readonly address: string;
  readonly port: number;
}

function socket({ address, port }: SocketPlace) {
  return { socketAddress: { address, portValue: port } };
}

/** A cluster whose endpoints come over ADS. */
export function edsCluster(name: string, connectTimeout = "1s", further: JsonObject = {}): EncodedResource {
  const json = { name, type: "EDS", connectTimeout, edsClusterConfig: { edsConfig: ads }, ...further };
  return encodeResource(fromJson(ClusterSchema, json, registry()), sha256Version);
}

/** One whose connections show the certificate of that name, for which it waits as long as it takes. */
export function secretCluster(name: string, secret: string): EncodedResource {
  const typedConfig = {
    "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
    commonTlsContext: {
      tlsCertificateSdsSecretConfigs: [{ name: secret, sdsConfig: { ...ads, initialFetchTimeout: "0s" } }],
    },
  };
  return edsCluster(name, "1s", { transportSocket: { name: "envoy.transport_sockets.tls", typedConfig } });
}

export function assignment(clusterName: string, places: readonly SocketPlace[]): EncodedResource {
  const lbEndpoints = places.map((place) => ({ endpoint: { address: socket(place) } }));
  const locality = { region: "here" };
  const json = { clusterName, endpoints: [{ locality, loadBalancingWeight: 1, lbEndpoints }] };
  return encodeResource(fromJson(ClusterLoadAssignmentSchema, json, registry()), sha256Version);
}

export interface HttpListenerOptions {
  readonly statPrefix?: string;
  /** `false`: it is there, and nobody can reach it. */
  readonly bind?: boolean;
}

/** An HTTP listener whose routes come over ADS. */
export function httpListener(
  name: string,
  place: SocketPlace,
  routeConfigName: string,
  { statPrefix = "http", bind = true }: HttpListenerOptions = {},
): EncodedResource {
  const manager = {
    "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    statPrefix,
    rds: { routeConfigName, configSource: ads },
    httpFilters: [
      {
        name: "envoy.filters.http.router",
        typedConfig: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
      },
    ],
  };
  const json = {
    name,
    address: socket(place),
    ...(bind ? {} : { bindToPort: false }),
    filterChains: [{ filters: [{ name: "envoy.filters.network.http_connection_manager", typedConfig: manager }] }],
  };
  return encodeResource(fromJson(ListenerSchema, json, registry()), sha256Version);
}

/**
 * Calls to the last cluster, those to `/0/` and so on to the others. A header in each answer is the route's mark. `regex`: a
 * further path, which Envoy alone can judge.
 */
export function routeTo(name: string, clusters: readonly string[], mark: string, regex?: string): EncodedResource {
  const routes = clusters.map((cluster, at) => ({
    match: { prefix: at === clusters.length - 1 ? "/" : `/${at}/` },
    route: { cluster },
  }));
  const odd = { match: { safeRegex: { regex } }, directResponse: { status: 204 } };
  const json = {
    name,
    virtualHosts: [{ name: "all", domains: ["*"], routes: regex === undefined ? routes : [odd, ...routes] }],
    responseHeadersToAdd: [{ header: { key: "x-mark", value: mark } }],
  };
  return encodeResource(fromJson(RouteConfigurationSchema, json as JsonObject, registry()), sha256Version);
}
