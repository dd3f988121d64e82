export {
  type AccessLog,
  type AccessLogFilter,
  AccessLogFilterSchema,
  AccessLogSchema,
  ResponseFlagFilterSchema,
} from "./gen/envoy/config/accesslog/v3/accesslog_pb.ts";
export {
  type StdoutAccessLog,
  StdoutAccessLogSchema,
} from "./gen/envoy/extensions/access_loggers/stream/v3/stream_pb.ts";
export { type Router, RouterSchema } from "./gen/envoy/extensions/filters/http/router/v3/router_pb.ts";
export { TlsInspectorSchema } from "./gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.ts";
export {
  type HttpConnectionManager,
  HttpConnectionManager_CodecType,
  HttpConnectionManager_ForwardClientCertDetails,
  type HttpConnectionManager_SetCurrentClientCertDetails,
  HttpConnectionManager_SetCurrentClientCertDetailsSchema,
  HttpConnectionManager_UpgradeConfigSchema,
  HttpConnectionManagerSchema,
  type HttpFilter,
  HttpFilterSchema,
  type Rds,
  RdsSchema,
} from "./gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts";
export { SniClusterSchema } from "./gen/envoy/extensions/filters/network/sni_cluster/v3/sni_cluster_pb.ts";
export { type TcpProxy, TcpProxySchema } from "./gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.ts";
