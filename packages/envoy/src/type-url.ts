import type { DescMessage } from "@bufbuild/protobuf";

const prefix = "type.googleapis.com/";

/** The `@type` of a message inside `google.protobuf.Any`. */
export function typeUrlOf(schema: DescMessage): string {
  return prefix + schema.typeName;
}

/** Type URLs of the resources that xDS carries (v3 only). */
export const TYPE_URL = {
  cluster: `${prefix}envoy.config.cluster.v3.Cluster`,
  clusterLoadAssignment: `${prefix}envoy.config.endpoint.v3.ClusterLoadAssignment`,
  listener: `${prefix}envoy.config.listener.v3.Listener`,
  routeConfiguration: `${prefix}envoy.config.route.v3.RouteConfiguration`,
  scopedRouteConfiguration: `${prefix}envoy.config.route.v3.ScopedRouteConfiguration`,
  virtualHost: `${prefix}envoy.config.route.v3.VirtualHost`,
  secret: `${prefix}envoy.extensions.transport_sockets.tls.v3.Secret`,
  runtime: `${prefix}envoy.service.runtime.v3.Runtime`,
  extensionConfig: `${prefix}envoy.config.core.v3.TypedExtensionConfig`,
} as const;
