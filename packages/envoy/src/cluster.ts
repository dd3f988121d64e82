export {
  type CircuitBreakers,
  type CircuitBreakers_Thresholds,
  CircuitBreakers_ThresholdsSchema,
  CircuitBreakersSchema,
} from "./gen/envoy/config/cluster/v3/circuit_breaker_pb.ts";
export {
  type Cluster,
  Cluster_DiscoveryType,
  Cluster_DnsLookupFamily,
  type Cluster_EdsClusterConfig,
  Cluster_EdsClusterConfigSchema,
  Cluster_LbPolicy,
  type Cluster_TransportSocketMatch,
  Cluster_TransportSocketMatchSchema,
  ClusterSchema,
} from "./gen/envoy/config/cluster/v3/cluster_pb.ts";
export {
  type RawBuffer,
  RawBufferSchema,
} from "./gen/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer_pb.ts";
export {
  type HttpProtocolOptions as UpstreamHttpProtocolOptions,
  type HttpProtocolOptions_ExplicitHttpConfig as UpstreamHttpProtocolOptions_ExplicitHttpConfig,
  HttpProtocolOptions_ExplicitHttpConfigSchema as UpstreamHttpProtocolOptions_ExplicitHttpConfigSchema,
  HttpProtocolOptionsSchema as UpstreamHttpProtocolOptionsSchema,
} from "./gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.ts";
