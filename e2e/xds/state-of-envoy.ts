import type { EnvoyProcess } from "@portolan/agent";

/** What an Envoy uses, by name, each with what tells its version; see `resources.ts`. */
export interface EnvoyState {
  /** Connect timeouts. */
  readonly clusters: ReadonlyMap<string, string>;
  /** Ports of the first endpoint. */
  readonly endpoints: ReadonlyMap<string, string>;
  /** Prefixes of statistics. */
  readonly listeners: ReadonlyMap<string, string>;
  /** Marks. */
  readonly routes: ReadonlyMap<string, string>;
  /** Clusters that wait. */
  readonly warming: readonly string[];
}

interface Dump {
  readonly configs: readonly {
    readonly dynamic_active_clusters?: readonly { readonly cluster: ClusterDump }[];
    readonly dynamic_warming_clusters?: readonly { readonly cluster: ClusterDump }[];
    readonly dynamic_listeners?: readonly { readonly name: string; readonly active_state?: unknown }[];
    readonly dynamic_route_configs?: readonly {
      readonly route_config: {
        readonly name: string;
        readonly response_headers_to_add?: readonly { readonly header: { readonly value: string } }[];
      };
    }[];
    readonly dynamic_endpoint_configs?: readonly { readonly endpoint_config: EndpointDump }[];
  }[];
}

interface ClusterDump {
  readonly name: string;
  readonly connect_timeout: string;
}

interface EndpointDump {
  readonly cluster_name?: string;
  readonly endpoints?: readonly unknown[];
}

export async function stateOfEnvoy(envoy: EnvoyProcess): Promise<EnvoyState> {
  const { body } = await envoy.admin("/config_dump?include_eds");
  const { configs } = JSON.parse(body) as Dump;
  const clusters = configs.flatMap((part) => part.dynamic_active_clusters ?? []);
  const listeners = configs.flatMap((part) => part.dynamic_listeners ?? []);
  const routes = configs.flatMap((part) => part.dynamic_route_configs ?? []);
  const endpoints = configs.flatMap((part) => part.dynamic_endpoint_configs ?? []);
  return {
    clusters: new Map(clusters.map(({ cluster }) => [cluster.name, cluster.connect_timeout])),
    endpoints: new Map(
      endpoints.map(({ endpoint_config: config }) => [config.cluster_name ?? "", found(config, /"port_value":(\d+)/)]),
    ),
    listeners: new Map(
      listeners.flatMap(({ name, active_state: active }) =>
        active === undefined ? [] : [[name, found(active, /"stat_prefix":"(v\d+)"/)] as const],
      ),
    ),
    routes: new Map(
      routes.map(({ route_config: { name, response_headers_to_add: headers = [] } }) => [
        name,
        headers[0]?.header.value ?? "",
      ]),
    ),
    warming: configs.flatMap((part) => part.dynamic_warming_clusters ?? []).map(({ cluster }) => cluster.name),
  };
}

function found(dumped: unknown, pattern: RegExp): string {
  return pattern.exec(JSON.stringify(dumped))?.[1] ?? "";
}
