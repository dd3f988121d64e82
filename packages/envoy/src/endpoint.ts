export {
  type Endpoint,
  EndpointSchema,
  type LbEndpoint,
  LbEndpointSchema,
  type LocalityLbEndpoints,
  LocalityLbEndpointsSchema,
} from "./gen/envoy/config/endpoint/v3/endpoint_components_pb.ts";
export {
  type ClusterLoadAssignment,
  ClusterLoadAssignmentSchema,
} from "./gen/envoy/config/endpoint/v3/endpoint_pb.ts";
