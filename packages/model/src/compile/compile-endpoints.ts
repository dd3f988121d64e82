import { type ServiceId, serviceId } from "../names.ts";
import { parseOwnedHost, serviceHostname } from "../owned-host.ts";
import type { Endpoint, ServiceEndpoints } from "../snapshot/endpoint.ts";
import { keepSame } from "../snapshot/same-value.ts";
import type { Service } from "../snapshot/service.ts";
import { compareText, sortedUnique } from "../sorted.ts";
import type { SpiffeId } from "../spiffe.ts";
import { SNI_GATEWAY_PORT } from "../well-known.ts";
import { endpointsOfEntry } from "./endpoints-of-entry.ts";
import { endpointsOfService } from "./endpoints-of-service.ts";
import type { MeshLookup } from "./lookup.ts";
import { pairPorts } from "./port-pairs.ts";
import type { Definer } from "./service.ts";

/** The endpoints that its definers together give a service. Parts that are as they were in `before` keep their reference. */
export function compileEndpoints(
  mesh: MeshLookup,
  service: Service,
  definers: readonly Definer[],
  before: ServiceEndpoints | undefined,
): ServiceEndpoints {
  const found = definers.flatMap((object) =>
    object.kind === "Service"
      ? endpointsOfService(mesh, object, pairPorts(service, object))
      : endpointsOfEntry(mesh, object, service, pairPorts(service, object)),
  );
  const served = found.map(atGatewayPort).filter(({ ports }) => ports.size > 0 || service.ports.length === 0);
  const endpoints = keepEach(before?.endpoints ?? NO_ENDPOINTS, distinct(served));
  return {
    service: service.id,
    endpoints,
    identities: keepSame(before?.identities, identitiesOf(mesh, service, endpoints)),
  };
}

/** At a gateway nothing but its SNI port leads to the service. */
function atGatewayPort(endpoint: Endpoint): Endpoint {
  if (endpoint.transport !== "gateway") return endpoint;
  return { ...endpoint, ports: new Map([...endpoint.ports].filter(([, port]) => port === SNI_GATEWAY_PORT)) };
}

/** The Service that a host `<name>.<namespace>.<owned suffix>` stands for; undefined for every other host. */
export function twinOf(mesh: Pick<MeshLookup, "settings">, service: Pick<Service, "hostname">): ServiceId | undefined {
  const owned = parseOwnedHost(mesh.settings.ownedSuffixes, service.hostname);
  if (owned === undefined) return undefined;
  const hostname = serviceHostname(owned.name, owned.namespace);
  return hostname === service.hostname ? undefined : serviceId(owned.namespace, hostname);
}

/** Behind a gateway stand the workloads of the Service that the host stands for. One that is not known makes all unknown. */
function identitiesOf(mesh: MeshLookup, service: Service, endpoints: readonly Endpoint[]): readonly SpiffeId[] {
  const identities: SpiffeId[] = [];
  for (const { transport, identity } of endpoints) {
    if (transport === "plaintext") continue;
    const behind = transport === "gateway" && identity === undefined ? identitiesBehindGateway(mesh, service) : [];
    const known = identity === undefined ? behind : [identity];
    if (known.length === 0) return [];
    identities.push(...known);
  }
  return sortedUnique(identities);
}

function identitiesBehindGateway(mesh: MeshLookup, service: Service): readonly SpiffeId[] {
  const twin = twinOf(mesh, service);
  return twin === undefined ? [] : (mesh.endpoints.get(twin)?.identities ?? []);
}

const NO_ENDPOINTS: readonly Endpoint[] = [];

/** Several objects may name one place; it counts once. */
function distinct(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const sorted = endpoints.toSorted((a, b) => comparePlace(a, b) || compareText(restText(a), restText(b)));
  return sorted.filter((endpoint, at) => at === 0 || comparePlace(sorted[at - 1]!, endpoint) !== 0);
}

/** Those of `before` that say the same at their place. Both are in the order of their places. */
function keepEach(before: readonly Endpoint[], after: readonly Endpoint[]): readonly Endpoint[] {
  let from = 0;
  return after.map((endpoint) => {
    while (from < before.length && comparePlace(before[from]!, endpoint) < 0) from++;
    const existing = before[from];
    return existing !== undefined && comparePlace(existing, endpoint) === 0 ? keepSame(existing, endpoint) : endpoint;
  });
}

/** By address, then ports. */
function comparePlace(a: Endpoint, b: Endpoint): number {
  const byAddress = compareText(a.address, b.address);
  // Most endpoints of a service have the same ports, and the same map of them.
  return byAddress !== 0 || a.ports === b.ports ? byAddress : compareText(portsText(a.ports), portsText(b.ports));
}

function portsText(ports: Endpoint["ports"]): string {
  return Array.from(ports, ([name, port]) => `${name}=${port}`)
    .sort(compareText)
    .join(",");
}

/** Whoever is known as a workload first, and the healthy before the others. */
function restText({ workload, healthy, transport, network, weight, locality, identity }: Endpoint): string {
  return [workload ?? "~", healthy ? 0 : 1, transport, network, locality, weight, identity ?? ""].join(" ");
}
