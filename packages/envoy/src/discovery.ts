export { ClusterDiscoveryService } from "./gen/envoy/service/cluster/v3/cds_pb.ts";
export { AggregatedDiscoveryService } from "./gen/envoy/service/discovery/v3/ads_pb.ts";
export {
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryResponse,
  DeltaDiscoveryResponseSchema,
  type DiscoveryRequest,
  DiscoveryRequestSchema,
  type DiscoveryResponse,
  DiscoveryResponseSchema,
  type Resource,
  type ResourceLocator,
  ResourceLocatorSchema,
  type ResourceName,
  ResourceNameSchema,
  ResourceSchema,
} from "./gen/envoy/service/discovery/v3/discovery_pb.ts";
export { EndpointDiscoveryService } from "./gen/envoy/service/endpoint/v3/eds_pb.ts";
export { ListenerDiscoveryService } from "./gen/envoy/service/listener/v3/lds_pb.ts";
export { RouteDiscoveryService } from "./gen/envoy/service/route/v3/rds_pb.ts";
export { SecretDiscoveryService } from "./gen/envoy/service/secret/v3/sds_pb.ts";
export { type Status, StatusSchema } from "./gen/google/rpc/status_pb.ts";
