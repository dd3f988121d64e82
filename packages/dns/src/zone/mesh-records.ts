import {
  type Cidr,
  cidrContains,
  type Endpoint,
  type IpAddress,
  isIpv6,
  type MeshSnapshot,
  type ProxyMode,
  parseIpAddress,
  protocolFamily,
  type Service,
  type ServiceId,
  serviceAddresses,
} from "@portolan/model";
import type { DnsRecord } from "./record.ts";
import { reverseName } from "./reverse.ts";

/**
 * How addresses are chosen. `bind`: a proxy listens on the host's VIP, whatever the host is. `capture`: the host's own addresses, since
 * calls to them are redirected. `public`: the same for whoever is no proxy, whose VIPs are those of the mesh's default mode.
 */
export type AddressView = ProxyMode | "public";

/** The part of a snapshot that names are made from. */
export type NamedMesh = Pick<MeshSnapshot, "settings" | "vips" | "services" | "endpoints">;

/**
 * The records of one service as a view sees it: addresses or a CNAME, SRV for its named ports, PTR for addresses of our
 * pools. A host for which there is no address yet has no records: it does not exist.
 */
export function recordsOf(mesh: NamedMesh, service: Service, view: AddressView): readonly DnsRecord[] {
  const { hostname } = service;
  if (view !== "bind" && service.externalName !== undefined && service.externalName !== hostname) {
    return [{ name: hostname, type: "CNAME", target: service.externalName }];
  }
  const direct = view !== "bind" && service.headless ? directEndpoints(mesh, service.id) : [];
  const addresses =
    direct.length > 0 ? distinct(direct.map(({ address }) => address)) : addressesOf(mesh, service, view);
  if (addresses.length === 0) return [];
  const records: DnsRecord[] = addresses.map((address) => ({
    name: hostname,
    type: isIpv6(address) ? "AAAA" : "A",
    address,
  }));
  if (hostname.startsWith("*.")) return records;
  for (const { name, number, protocol } of service.ports) {
    if (name === "") continue;
    const transport = protocolFamily(protocol) === "udp" ? "_udp" : "_tcp";
    // Who calls an endpoint itself needs its port; a call that is captured names the service's.
    const itself = view === "public" && direct.length > 0;
    for (const port of itself ? distinct(direct.flatMap(({ ports }) => ports.get(name) ?? [])) : [number]) {
      records.push({ name: `_${name}.${transport}.${hostname}`, type: "SRV", target: hostname, port });
    }
  }
  for (const address of addresses) {
    if (pools(mesh).some((pool) => cidrContains(pool, address))) {
      records.push({ name: reverseName(address), type: "PTR", target: hostname });
    }
  }
  return records;
}

function addressesOf(mesh: NamedMesh, service: Service, view: AddressView): readonly IpAddress[] {
  if (view !== "public") return serviceAddresses(mesh, service, view);
  const given = service.addresses.filter(isSingle);
  return given.length > 0 ? given : serviceAddresses(mesh, service, mesh.settings.mode);
}

type DirectEndpoint = Endpoint & { readonly address: IpAddress };

/** Every healthy endpoint that has an address of its own; an SNI gateway's address is not the workload's. */
function directEndpoints(mesh: NamedMesh, service: ServiceId): readonly DirectEndpoint[] {
  const endpoints = mesh.endpoints.get(service)?.endpoints ?? [];
  return endpoints.filter(
    (endpoint): endpoint is DirectEndpoint =>
      endpoint.healthy && endpoint.transport !== "gateway" && isAddress(endpoint.address),
  );
}

function distinct<Item>(items: readonly Item[]): readonly Item[] {
  return [...new Set(items)];
}

function isSingle(address: IpAddress | Cidr): address is IpAddress {
  return !address.includes("/");
}

function isAddress(address: Endpoint["address"]): address is IpAddress {
  return parseIpAddress(address).ok;
}

function pools(mesh: NamedMesh): readonly Cidr[] {
  return [mesh.settings.bindPool, mesh.settings.capturePool];
}
