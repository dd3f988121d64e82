import type { ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import { carryOut } from "./http2/carry-out.ts";
import type { CarriedCall, Method } from "./http2/service-call.ts";

/** A gRPC service with what carries it out, as grpc-js takes them. */
export interface GrpcService {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

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
