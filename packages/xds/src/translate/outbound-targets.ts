import type {
  DestinationRuleObject,
  MeshSnapshot,
  ObjectKey,
  Service,
  ServiceEndpoints,
  ServicePort,
  Subset,
} from "@portolan/model";
import { formatClusterName, keyOf } from "@portolan/model";
import { type Discovery, discoveryOf } from "./discovery.ts";
import type { Scope } from "./scope.ts";
import { trafficPolicy } from "./traffic-policy.ts";
import type { Reach } from "./upstream-address.ts";

/** A cluster that clients of a scope have: a port of a service, all its endpoints or a subset of them. */
export interface OutboundTarget {
  readonly service: Service;
  readonly port: ServicePort;
  readonly subset: Subset | undefined;
  readonly rule: DestinationRuleObject | undefined;
  readonly discovery: Exclude<Discovery, { kind: "none" }>;
  readonly reach: Reach;
  readonly clusterName: string;
  readonly origins: readonly ObjectKey[];
}

export function outboundTargets(
  mesh: MeshSnapshot,
  scope: Scope,
  service: Service,
  served: ServiceEndpoints | undefined,
): readonly OutboundTarget[] {
  const rule = scope.ruleFor(mesh, service);
  const origins = rule === undefined ? [service.owner] : [service.owner, keyOf(rule)];
  return service.ports.flatMap((port) => {
    const discovery = discoveryOf(service, port, served, mesh.settings);
    if (discovery.kind === "none") return [];
    return [undefined, ...(rule?.subsets ?? [])].map((subset) => {
      const { tls } = trafficPolicy(rule, port.number, subset);
      return {
        service,
        port,
        subset,
        rule,
        discovery,
        reach: tls === undefined || tls.mode === "ISTIO_MUTUAL" ? ("mesh" as const) : ("application" as const),
        clusterName: formatClusterName({
          hostname: service.hostname,
          port: port.number,
          subset: subset?.name ?? "",
        }),
        origins,
      };
    });
  });
}
