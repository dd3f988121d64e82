export {
  type RetryPolicy,
  RetryPolicySchema,
  type Route,
  type RouteAction,
  RouteActionSchema,
  type RouteMatch,
  RouteMatchSchema,
  RouteSchema,
  type VirtualHost,
  VirtualHostSchema,
} from "./gen/envoy/config/route/v3/route_components_pb.ts";
export { type RouteConfiguration, RouteConfigurationSchema } from "./gen/envoy/config/route/v3/route_pb.ts";
export { PreviousHostsPredicateSchema } from "./gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb.ts";
