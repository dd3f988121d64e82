import type {
  MethodDefinition,
  ServerDuplexStream,
  ServiceDefinition,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { RESOURCE_TYPES } from "../resource/resource-type.ts";
import type { Dialect } from "../session/protocol.ts";
import type { ServiceType } from "./decode-request.ts";

export type ByteStream = ServerDuplexStream<Buffer, Buffer>;

/** A gRPC service with what carries it out. */
export interface GrpcService {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** How a stream was opened. */
export interface StreamKind {
  readonly dialect: Dialect;
  readonly service: ServiceType;
  /** `ADS`, `CDS`, ... */
  readonly shortName: string;
}

/** The aggregated service and one for each type, in both dialects. Messages stay bytes: the session's driver reads them. */
export function discoveryServices(serve: (call: ByteStream, kind: StreamKind) => void): readonly GrpcService[] {
  const own = RESOURCE_TYPES.flatMap(({ service, typeUrl, shortName }) =>
    service === undefined ? [] : [{ ...service, service: typeUrl, shortName }],
  );
  const aggregated = {
    name: "envoy.service.discovery.v3.AggregatedDiscoveryService",
    sotw: "StreamAggregatedResources",
    delta: "DeltaAggregatedResources",
    service: undefined,
    shortName: "ADS",
  };
  return [aggregated, ...own].map(({ name, sotw, delta, service, shortName }) => ({
    definition: { [sotw]: method(name, sotw), [delta]: method(name, delta) },
    implementation: {
      [sotw]: (call: ByteStream) => serve(call, { dialect: "sotw", service, shortName }),
      [delta]: (call: ByteStream) => serve(call, { dialect: "delta", service, shortName }),
    },
  }));
}

function method(service: string, name: string): MethodDefinition<Buffer, Buffer> {
  const same = (bytes: Buffer) => bytes;
  return {
    path: `/${service}/${name}`,
    requestStream: true,
    responseStream: true,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
}
