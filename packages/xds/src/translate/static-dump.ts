import {
  anyUnpack,
  type Bootstrap,
  BootstrapSchema,
  type Cluster,
  Cluster_DiscoveryType,
  type ClusterLoadAssignment,
  ClusterLoadAssignmentSchema,
  ClusterSchema,
  type CommonTlsContext,
  create,
  DownstreamTlsContextSchema,
  envoyRegistry,
  type Filter,
  FilterSchema,
  HttpConnectionManagerSchema,
  isMessage,
  type Listener,
  ListenerSchema,
  packAny,
  type RouteConfiguration,
  type SdsSecretConfig,
  SdsSecretConfigSchema,
  type Secret,
  type TransportSocket,
  TransportSocketSchema,
  UpstreamTlsContextSchema,
} from "@portolan/envoy";

/** What a proxy gets over ADS, decoded. */
export interface StaticResources {
  readonly clusters: readonly Cluster[];
  readonly endpoints: readonly ClusterLoadAssignment[];
  readonly listeners: readonly Listener[];
  readonly routes: readonly RouteConfiguration[];
  /** `default` and `ROOTCA`, as files or inline. */
  readonly secrets: readonly Secret[];
}

/**
 * The same configuration as a file that Envoy can load by itself: what comes over EDS, RDS and SDS stands inside. For
 * `envoy --mode validate`, and to look at.
 *
 * @throws Error where an extension is of a type that `envoyRegistry` does not know.
 */
export function dumpStatic(resources: StaticResources): Bootstrap {
  const endpoints = new Map(resources.endpoints.map((assignment) => [assignment.clusterName, assignment]));
  const routes = new Map(resources.routes.map((route) => [route.name, route]));
  return create(BootstrapSchema, {
    staticResources: {
      clusters: resources.clusters.map((cluster) => staticCluster(cluster, endpoints)),
      listeners: resources.listeners.map((listener) => staticListener(listener, routes)),
      secrets: [...resources.secrets],
    },
  });
}

function staticCluster(cluster: Cluster, endpoints: ReadonlyMap<string, ClusterLoadAssignment>): Cluster {
  const { edsClusterConfig, ...rest } = cluster;
  const own = cluster.transportSocket;
  const assignment =
    endpoints.get(edsClusterConfig?.serviceName || cluster.name) ??
    create(ClusterLoadAssignmentSchema, { clusterName: cluster.name });
  return create(ClusterSchema, {
    ...rest,
    ...(edsClusterConfig === undefined
      ? {}
      : {
          clusterDiscoveryType: { case: "type", value: Cluster_DiscoveryType.STATIC },
          loadAssignment: assignment,
        }),
    ...(own === undefined ? {} : { transportSocket: staticSocket(own) }),
    transportSocketMatches: cluster.transportSocketMatches.map((match) =>
      match.transportSocket === undefined ? match : { ...match, transportSocket: staticSocket(match.transportSocket) },
    ),
  });
}

function staticListener(listener: Listener, routes: ReadonlyMap<string, RouteConfiguration>): Listener {
  return create(ListenerSchema, {
    ...listener,
    filterChains: listener.filterChains.map((chain) => ({
      ...chain,
      filters: chain.filters.map((filter) => staticFilter(filter, routes)),
      ...(chain.transportSocket === undefined ? {} : { transportSocket: staticSocket(chain.transportSocket) }),
    })),
  });
}

function staticFilter(filter: Filter, routes: ReadonlyMap<string, RouteConfiguration>): Filter {
  if (filter.configType.case !== "typedConfig") return filter;
  const manager = anyUnpack(filter.configType.value, HttpConnectionManagerSchema);
  if (manager?.routeSpecifier.case !== "rds") return filter;
  const route = routes.get(manager.routeSpecifier.value.routeConfigName);
  if (route === undefined) return filter;
  const inline = { ...manager, routeSpecifier: { case: "routeConfig" as const, value: route } };
  return create(FilterSchema, {
    name: filter.name,
    configType: { case: "typedConfig", value: packAny(HttpConnectionManagerSchema, inline) },
  });
}

function staticSocket(socket: TransportSocket): TransportSocket {
  if (socket.configType.case !== "typedConfig") return socket;
  const message = anyUnpack(socket.configType.value, envoyRegistry());
  if (message === undefined) throw new Error(`unknown transport socket ${socket.configType.value.typeUrl}`);
  for (const schema of [UpstreamTlsContextSchema, DownstreamTlsContextSchema]) {
    if (!isMessage(message, schema) || message.commonTlsContext === undefined) continue;
    const context = { ...message, commonTlsContext: staticContext(message.commonTlsContext) };
    return create(TransportSocketSchema, {
      name: socket.name,
      configType: { case: "typedConfig", value: packAny(schema as typeof UpstreamTlsContextSchema, context as never) },
    });
  }
  return socket;
}

/** A secret without a source is looked up among the static ones. */
function staticContext(context: CommonTlsContext): CommonTlsContext {
  const validation = context.validationContextType;
  return {
    ...context,
    tlsCertificateSdsSecretConfigs: context.tlsCertificateSdsSecretConfigs.map(byNameOnly),
    validationContextType:
      validation.case === "validationContextSdsSecretConfig"
        ? { case: validation.case, value: byNameOnly(validation.value) }
        : validation.case === "combinedValidationContext" &&
            validation.value.validationContextSdsSecretConfig !== undefined
          ? {
              case: validation.case,
              value: {
                ...validation.value,
                validationContextSdsSecretConfig: byNameOnly(validation.value.validationContextSdsSecretConfig),
              },
            }
          : validation,
  };
}

function byNameOnly(config: SdsSecretConfig): SdsSecretConfig {
  return create(SdsSecretConfigSchema, { name: config.name });
}
