import type {
  MeshSnapshot,
  ObjectKey,
  Origin,
  Problem,
  ProxyView,
  Service,
  ServicePort,
  Severity,
} from "@portolan/model";
import { keyOf, parseIpAddress, protocolFamily, SNI_GATEWAY_PORT, serviceAddresses } from "@portolan/model";
import type { ResourceName } from "../resource/resource-name.ts";
import { resourceType } from "../resource/resource-type.ts";
import type { HeldResource } from "../snapshot/snapshot-store.ts";
import { discoveryOf } from "./discovery.ts";
import { isThroughGateway } from "./endpoints.ts";
import { gatewayPorts, gatewaysOf, isSniGateway } from "./gateway-servers.ts";
import { inboundOf } from "./inbound-layer.ts";
import { servedPorts } from "./inbound-ports.ts";
import { claims } from "./listeners-layer.ts";
import type { TranslationFailure } from "./memo.ts";
import { formatSocket } from "./names.ts";
import type { TranslationProblemCode } from "./problem-codes.ts";
import type { Scope } from "./scope.ts";
import type { ScopeTable } from "./scope-table.ts";
import { type SlotMember, shareSlot } from "./slot.ts";

/** What a proxy does not get of what it sees, worked out when asked for. Sorted by object, then code. */
export function problemsOfProxy(
  mesh: MeshSnapshot,
  proxy: ProxyView,
  scopes: ScopeTable,
  failures: ReadonlyMap<string, TranslationFailure>,
  held: readonly HeldResource[] = [],
): readonly Problem[] {
  const problems: Problem[] = [];
  const add: Add = (code, severity, object, message) => {
    const origin: Origin = (object && mesh.objects.get(object)?.meta.origin) ?? { source: proxy.nodeId };
    problems.push({ code, severity, origin, ...(object === undefined ? {} : { object }), message });
  };
  if (proxy.role === "gateway") {
    serverProblems(mesh, proxy, add);
    outboundProblems(mesh, proxy, scopes.ingress(mesh, proxy), add);
  } else {
    const scope = scopes.visible(mesh, proxy);
    outboundProblems(mesh, proxy, scope, add);
    if (proxy.mode === "bind") {
      listenerProblems(mesh, proxy, scope, add);
      inboundProblems(mesh, proxy, add);
    } else
      add("PTL1510", "error", undefined, "capture mode is not served: this proxy gets no listeners; use MODE bind");
  }
  for (const { code, origins, reason } of failures.values()) {
    if (!origins.some((origin) => mesh.objects.has(origin))) continue;
    const what = code === "PTL1509" ? "could not be translated" : "would be refused by Envoy";
    add(code, "error", origins[0], `${what} (${reason}); what was served before stays`);
  }
  for (const { kind, resource, because, origins } of held) {
    const rest = kind === "dangling" ? "it is served all the same" : "what was served before stays";
    if (kind === "claimed") {
      const message = `${nameOf(resource)} binds an address and port that ${nameOf(because)} has; ${rest}`;
      add("PTL1603", "error", origins[0], message);
    } else {
      add(
        "PTL1602",
        "error",
        origins[0],
        `${nameOf(resource)} refers to ${nameOf(because)}, which is not there; ${rest}`,
      );
    }
  }
  return problems.sort(
    (a, b) => compare(a.object ?? "", b.object ?? "") || compare(a.code, b.code) || compare(a.message, b.message),
  );
}

type Add = (code: TranslationProblemCode, severity: Severity, object: ObjectKey | undefined, message: string) => void;

function* visibleServices(mesh: MeshSnapshot, scope: Scope): Generator<Service, void, undefined> {
  for (const id of scope.services(mesh)) {
    const service = mesh.services.get(id);
    if (service !== undefined && scope.holds(mesh, service)) yield service;
  }
}

function outboundProblems(mesh: MeshSnapshot, proxy: ProxyView, scope: Scope, add: Add): void {
  for (const service of visibleServices(mesh, scope)) {
    const endpoints = mesh.endpoints.get(service.id);
    for (const port of service.ports) {
      const discovery = discoveryOf(service, port, endpoints, mesh.settings);
      if (discovery.kind !== "none") continue;
      if (discovery.reason === "udp")
        add("PTL1502", "info", service.owner, `${place(service, port)} is UDP and not carried`);
      else
        add("PTL1506", "warning", service.owner, `${place(service, port)} has no address to dial with resolution NONE`);
    }
    for (const endpoint of endpoints?.endpoints ?? []) {
      if (!isThroughGateway(endpoint, proxy.network, mesh.networks)) continue;
      if (endpoint.transport === "plaintext") {
        const message = `endpoint ${endpoint.address} of ${service.hostname} has no Envoy and stands behind the gateway of network "${endpoint.network}": it cannot be reached from network "${proxy.network}"`;
        add("PTL1505", "warning", service.owner, message);
      } else if (!mesh.networks.gateways.get(endpoint.network)?.some(({ address }) => parseIpAddress(address).ok)) {
        const message = `the gateways of network "${endpoint.network}", which lead to ${service.hostname}, have no IP address`;
        add("PTL1507", "warning", service.owner, message);
      }
    }
  }
}

function listenerProblems(mesh: MeshSnapshot, proxy: ProxyView, scope: Scope, add: Add): void {
  const { lowestPort } = proxy.capabilities;
  const slots = new Map<string, SlotMember[]>();
  for (const service of visibleServices(mesh, scope)) {
    for (const { key, member } of claims(mesh, service, lowestPort)) {
      const members = slots.get(key);
      if (members === undefined) slots.set(key, [member]);
      else members.push(member);
    }
    const low = service.ports.filter(
      ({ number, protocol }) => number < lowestPort && protocolFamily(protocol) !== "udp",
    );
    for (const address of serviceAddresses(mesh, service, "bind")) {
      for (const { number } of low) {
        const message = `${formatSocket(address, number)} (${service.hostname}) is not listened on: this proxy may bind ports from ${lowestPort} only`;
        add("PTL1501", "warning", service.owner, message);
      }
    }
  }
  for (const [key, members] of slots) {
    const share = shareSlot(members);
    for (const { service } of share?.refused ?? []) {
      const first = share?.carried[0]?.service.hostname;
      add(
        "PTL1503",
        "error",
        service.owner,
        `${key} of ${service.hostname} is taken by ${first}, and the two cannot share it`,
      );
    }
  }
}

function inboundProblems(mesh: MeshSnapshot, proxy: ProxyView, add: Add): void {
  const { ports } = inboundOf(mesh, `${proxy.namespace}/${proxy.address}`);
  for (const port of servedPorts(ports, proxy.capabilities.inboundPorts).unnamed) {
    const message = `port ${port} is to be served, and no service of namespace "${proxy.namespace}" names it for ${proxy.address}`;
    add("PTL1504", "warning", undefined, message);
  }
}

function serverProblems(mesh: MeshSnapshot, proxy: ProxyView, add: Add): void {
  for (const port of gatewayPorts(gatewaysOf(mesh, proxy.labels), proxy.address)) {
    const [first] = port.servers;
    if (first === undefined) continue;
    const number = first.server.port.number;
    for (const { gateway } of port.refused) {
      const message = `${port.key} is ${port.mode} by ${keyOf(first.gateway)}; this server is left out`;
      add("PTL1508", "error", keyOf(gateway), message);
    }
    if (port.mode === "AUTO_PASSTHROUGH" && !isSniGateway(port)) {
      const message = `AUTO_PASSTHROUGH is served on port ${SNI_GATEWAY_PORT} only, not on ${number}`;
      add("PTL1511", "error", keyOf(first.gateway), message);
    }
    if (number < proxy.capabilities.lowestPort) {
      const message = `${port.key} is not listened on: this proxy may bind ports from ${proxy.capabilities.lowestPort} only`;
      add("PTL1501", "warning", keyOf(first.gateway), message);
    }
  }
}

function place(service: Service, port: ServicePort): string {
  return `port ${port.number} of ${service.hostname}`;
}

function nameOf({ typeUrl, name }: ResourceName): string {
  return `${resourceType(typeUrl).shortName} ${name}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
