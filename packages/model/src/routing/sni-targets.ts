import { twinOf } from "../compile/compile-endpoints.ts";
import { isWildcard } from "../host-pattern.ts";
import type { Hostname, NetworkId, PortNumber, ServiceId } from "../names.ts";
import type { Subset } from "../object/destination-rule.ts";
import { selects } from "../object/labels.ts";
import type { Labels } from "../object/meta.ts";
import { ownedSuffixOf } from "../owned-host.ts";
import { protocolFamily } from "../protocol.ts";
import type { Endpoint, ServiceEndpoints } from "../snapshot/endpoint.ts";
import type { MeshSnapshot } from "../snapshot/mesh-snapshot.ts";
import type { Service } from "../snapshot/service.ts";
import { formatSni } from "../sni.ts";
import { destinationRuleFor } from "../view/destination-rule-for.ts";
import { preferService } from "../view/prefer-service.ts";
import { SERVICE_SUFFIX } from "../well-known.ts";
import { isServed, type ServedHost, servedHosts } from "./served-hosts.ts";

/** An SNI that the gateways of the mesh let through, and where it leads. */
export interface SniTarget {
  /** `outbound_.8000_.v1_.reviews.shop.global`. */
  readonly sni: string;
  readonly hostname: Hostname;
  readonly port: PortNumber;
  /** Empty: every endpoint. */
  readonly subset: string;
  /** Labels of the subset's endpoints. */
  readonly labels: Labels;
  /** The service whose endpoints are meant: for `reviews.shop.global` it is `shop/reviews.shop.svc.cluster.local`. */
  readonly service: ServiceId;
  /** Name of that service's port. */
  readonly portName: string;
}

type Mesh = Pick<
  MeshSnapshot,
  "destinationRules" | "services" | "servicesByHost" | "settings" | "index" | "objects" | "gateways"
>;

/**
 * The SNI names that a service opens at the mesh's gateways, sorted by port and subset; empty where it opens none. They
 * are the same whatever endpoints there are. `proxyLabels`: only what the Gateways that select that gateway serve.
 */
export function sniTargets(snapshot: Mesh, service: Service, proxyLabels?: Labels): readonly SniTarget[] {
  return targetsOf(snapshot, servedHosts(snapshot.gateways.values(), proxyLabels), service);
}

/** Every SNI that leads to an endpoint in that network, sorted by service. */
export function exportedTargets(
  snapshot: Mesh & Pick<MeshSnapshot, "endpoints">,
  network: NetworkId,
  proxyLabels?: Labels,
): readonly SniTarget[] {
  const served = servedHosts(snapshot.gateways.values(), proxyLabels);
  const targets = [...snapshot.services.values()].flatMap((service) => targetsOf(snapshot, served, service));
  return targets
    .filter((target) => sniEndpoints(snapshot.endpoints.get(target.service), target, network).length > 0)
    .sort((a, b) => (a.sni < b.sni ? -1 : 1));
}

/** The endpoints behind a target in the gateway's own network: only those with an Envoy, so that nothing goes back out. */
export function sniEndpoints(
  served: ServiceEndpoints | undefined,
  target: Pick<SniTarget, "labels" | "portName">,
  network: NetworkId,
): readonly Endpoint[] {
  return (served?.endpoints ?? []).filter(
    (endpoint) =>
      endpoint.network === network &&
      endpoint.transport === "mtls" &&
      endpoint.healthy &&
      endpoint.ports.has(target.portName) &&
      selects(target.labels, endpoint.labels),
  );
}

/** The definition of a host that gateways go by: exported to all. */
export function exportedService(snapshot: Mesh, hostname: Hostname): Service | undefined {
  return preferService(snapshot, hostname, undefined, ({ exportTo }) => exportTo.all);
}

export function targetsOf(snapshot: Mesh, served: readonly ServedHost[], service: Service): readonly SniTarget[] {
  const behind = serviceBehind(snapshot, service);
  if (behind === undefined || !isServed(served, service)) return [];
  if (exportedService(snapshot, service.hostname)?.id !== service.id) return [];
  const subsets = [{ name: "", labels: new Map<string, string>() }, ...subsetsOf(snapshot, service, behind)];
  return service.ports.flatMap(({ number: port, protocol }) => {
    const declared = behind.ports.find(({ number }) => number === port);
    if (declared === undefined || protocolFamily(protocol) === "udp") return [];
    return subsets.map(({ name: subset, labels }) => {
      const target = { hostname: service.hostname, port, subset };
      return { sni: formatSni(target), ...target, labels, service: behind.id, portName: declared.name };
    });
  });
}

/** A host of an owned suffix stands for a Service, a Service for itself; no other host is open. */
export function serviceBehind(snapshot: Mesh, service: Service): Service | undefined {
  if (isWildcard(service.hostname)) return undefined;
  if (ownedSuffixOf(snapshot.settings.ownedSuffixes, service.hostname) !== undefined) {
    const twin = twinOf(snapshot, service);
    return twin === undefined ? undefined : snapshot.services.get(twin);
  }
  return service.hostname.endsWith(`.${SERVICE_SUFFIX}`) ? service : undefined;
}

/** Subsets that rules define for the host, and for the Service that it stands for. */
function subsetsOf(snapshot: Mesh, service: Service, behind: Service): readonly Subset[] {
  const byName = new Map<string, Subset>();
  for (const { hostname, namespace } of service === behind ? [service] : [service, behind]) {
    const rule = destinationRuleFor(snapshot, hostname, namespace, namespace, new Map());
    for (const subset of rule?.subsets ?? []) if (!byName.has(subset.name)) byName.set(subset.name, subset);
  }
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
