import type { ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import { RESOURCE_TYPES } from "../resource/resource-type.ts";
import type { Dialect } from "../session/protocol.ts";
import type { ServiceType } from "./decode-request.ts";
import { carryOut } from "./http2/carry-out.ts";
import type { CarriedCall, Method } from "./http2/service-call.ts";

/** A gRPC service with what carries it out, as grpc-js takes them. */
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

/** What each path that discovery has stands for: the aggregated service and one for each type, in both dialects. */
export const DISCOVERY_METHODS: ReadonlyMap<string, StreamKind> = new Map(
  [
    {
      name: "envoy.service.discovery.v3.AggregatedDiscoveryService",
      sotw: "StreamAggregatedResources",
      delta: "DeltaAggregatedResources",
      service: undefined,
      shortName: "ADS",
    },
    ...RESOURCE_TYPES.flatMap(({ service, typeUrl, shortName }) =>
      service === undefined ? [] : [{ ...service, service: typeUrl, shortName }],
    ),
  ].flatMap(({ name, sotw, delta, service, shortName }): [string, StreamKind][] => [
    [`/${name}/${sotw}`, { dialect: "sotw", service, shortName }],
    [`/${name}/${delta}`, { dialect: "delta", service, shortName }],
  ]),
);

/** The methods of further services, by path. */
export function furtherMethods(
  services: readonly GrpcService[],
  maxRequestBytes: number,
): ReadonlyMap<string, (call: CarriedCall) => void> {
  const methods = new Map<string, (call: CarriedCall) => void>();
  for (const { definition, implementation } of services) {
    for (const [name, method] of Object.entries(definition)) {
      const carrier = implementation[name] ?? (method.originalName && implementation[method.originalName]);
      if (typeof carrier !== "function") continue;
      methods.set(method.path, (call) =>
        carryOut(call, method as Method, carrier.bind(implementation), maxRequestBytes),
      );
    }
  }
  return methods;
}
