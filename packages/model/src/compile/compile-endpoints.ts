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
import { definersOf } from "./service.ts";

/** The endpoints that all objects together give a service. Parts that are as they were in `before` keep their reference. */
export function compileEndpoints(
  mesh: MeshLookup,
  service: Service,
  before: ServiceEndpoints | undefined,
): ServiceEndpoints {
  const found = definersOf(mesh, service.id).flatMap((object) =>
    object.kind === "Service"
      ? endpointsOfService(mesh, object, pairPorts(service, object))
      : endpointsOfEntry(mesh, object, service, pairPorts(service, object)),
  );
  const served = found.map(atGatewayPort).filter(({ ports }) => ports.size > 0 || service.ports.length === 0);
  const placeOf = createPlaceText();
  const existing = new Map(before?.endpoints.map((endpoint) => [placeOf(endpoint), endpoint]));
  const endpoints = distinct(served, placeOf).map(({ endpoint, place }) => keepSame(existing.get(place), endpoint));
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

interface Placed {
  readonly endpoint: Endpoint;
  readonly place: string;
}

/** Several objects may name one place; it counts once. */
function distinct(endpoints: readonly Endpoint[], placeOf: (endpoint: Endpoint) => string): readonly Placed[] {
  const sorted = endpoints
    .map((endpoint) => ({ endpoint, place: placeOf(endpoint) }))
    .sort((a, b) => compareText(a.place, b.place) || compareText(restText(a.endpoint), restText(b.endpoint)));
  return sorted.filter(({ place }, at) => at === 0 || sorted[at - 1]?.place !== place);
}

/** Most endpoints of a service have the same ports, and the same map of them. */
function createPlaceText(): (endpoint: Endpoint) => string {
  let last: Endpoint["ports"] | undefined;
  let text = "";
  return ({ address, ports }) => {
    if (ports !== last) {
      last = ports;
      text = Array.from(ports, ([name, port]) => `${name}=${port}`)
        .sort(compareText)
        .join(",");
    }
    return `${address} ${text}`;
  };
}

/** Whoever is known as a workload first, and the healthy before the others. */
function restText({ workload, healthy, transport, network, weight, locality, identity }: Endpoint): string {
  return [workload ?? "~", healthy ? 0 : 1, transport, network, locality, weight, identity ?? ""].join(" ");
}
