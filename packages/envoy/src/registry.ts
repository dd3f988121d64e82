import { createRegistry, type Registry } from "@bufbuild/protobuf";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { DownstreamConnectionsConfigSchema } from "./bootstrap.ts";
import { ClusterSchema, RawBufferSchema, UpstreamHttpProtocolOptionsSchema } from "./cluster.ts";
import { ClusterLoadAssignmentSchema } from "./endpoint.ts";
import {
  HttpConnectionManagerSchema,
  RouterSchema,
  SniClusterSchema,
  StdoutAccessLogSchema,
  TcpProxySchema,
  TlsInspectorSchema,
} from "./filters.ts";
import { ListenerSchema } from "./listener.ts";
import { DestinationIPInputSchema, DestinationPortInputSchema, ServerNameInputSchema } from "./matching.ts";
import { PreviousHostsPredicateSchema, RouteConfigurationSchema } from "./route.ts";
import { DownstreamTlsContextSchema, SecretSchema, UpstreamTlsContextSchema } from "./secret.ts";

let registry: Registry | undefined;

/** The types that our resources carry inside `Any`, so that they can be read and written as JSON. */
export function envoyRegistry(): Registry {
  registry ??= createRegistry(
    ClusterSchema,
    ClusterLoadAssignmentSchema,
    ListenerSchema,
    RouteConfigurationSchema,
    SecretSchema,
    UpstreamHttpProtocolOptionsSchema,
    RawBufferSchema,
    PreviousHostsPredicateSchema,
    UpstreamTlsContextSchema,
    DownstreamTlsContextSchema,
    HttpConnectionManagerSchema,
    TcpProxySchema,
    SniClusterSchema,
    RouterSchema,
    TlsInspectorSchema,
    StdoutAccessLogSchema,
    ServerNameInputSchema,
    DestinationPortInputSchema,
    DestinationIPInputSchema,
    StringValueSchema,
    DownstreamConnectionsConfigSchema,
  );
  return registry;
}
