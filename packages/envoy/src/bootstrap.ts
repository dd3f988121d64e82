export {
  type Admin,
  AdminSchema,
  type Bootstrap,
  type Bootstrap_DynamicResources,
  Bootstrap_DynamicResourcesSchema,
  type Bootstrap_StaticResources,
  Bootstrap_StaticResourcesSchema,
  BootstrapSchema,
} from "./gen/envoy/config/bootstrap/v3/bootstrap_pb.ts";
export { DownstreamConnectionsConfigSchema } from "./gen/envoy/extensions/resource_monitors/downstream_connections/v3/downstream_connections_pb.ts";
