export {
  type Address,
  AddressSchema,
  type BindConfig,
  BindConfigSchema,
  type SocketAddress,
  SocketAddressSchema,
} from "./gen/envoy/config/core/v3/address_pb.ts";
export {
  type ControlPlane,
  ControlPlaneSchema,
  type DataSource,
  DataSourceSchema,
  type HeaderValueOption,
  HeaderValueOptionSchema,
  type Locality,
  LocalitySchema,
  type Metadata,
  MetadataSchema,
  type Node,
  NodeSchema,
  RoutingPriority,
  TrafficDirection,
  type TransportSocket,
  TransportSocketSchema,
} from "./gen/envoy/config/core/v3/base_pb.ts";
export {
  type AggregatedConfigSource,
  AggregatedConfigSourceSchema,
  type ApiConfigSource,
  ApiConfigSource_ApiType,
  ApiConfigSourceSchema,
  ApiVersion,
  type ConfigSource,
  ConfigSourceSchema,
  type PathConfigSource,
  PathConfigSourceSchema,
} from "./gen/envoy/config/core/v3/config_source_pb.ts";
export { type TypedExtensionConfig, TypedExtensionConfigSchema } from "./gen/envoy/config/core/v3/extension_pb.ts";
export {
  type GrpcService,
  type GrpcService_EnvoyGrpc,
  GrpcService_EnvoyGrpcSchema,
  GrpcServiceSchema,
} from "./gen/envoy/config/core/v3/grpc_service_pb.ts";
export { HealthStatus } from "./gen/envoy/config/core/v3/health_check_pb.ts";
export {
  type Http1ProtocolOptions,
  Http1ProtocolOptionsSchema,
  type Http2ProtocolOptions,
  Http2ProtocolOptionsSchema,
  type HttpProtocolOptions,
  HttpProtocolOptionsSchema,
  type KeepaliveSettings,
  KeepaliveSettingsSchema,
} from "./gen/envoy/config/core/v3/protocol_pb.ts";
