export {
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
