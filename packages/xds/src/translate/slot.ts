import type { IpAddress, PortNumber, Service, ServicePort } from "@portolan/model";
import { compareText, protocolFamily } from "@portolan/model";

/** One of the services that a client reaches at one address and port. */
export interface SlotMember {
  readonly service: Service;
  readonly port: ServicePort;
}

/** All that the listener on one address and port, and its routes, are made from. */
export interface Slot {
  readonly address: IpAddress;
  readonly port: PortNumber;
  /** Sorted by host name. At least one. */
  readonly members: readonly SlotMember[];
}

/** What a resource is told of a member. */
export interface HostPort {
  readonly service: Pick<Service, "hostname">;
  readonly port: Pick<ServicePort, "number">;
}

/** Who of those that claim an address and port gets it: HTTP hosts share it by Host, TLS hosts by SNI, TCP is alone. */
export interface SlotShare {
  readonly family: "http" | "tls" | "tcp";
  readonly carried: readonly SlotMember[];
  readonly refused: readonly SlotMember[];
}

/** The first by host name decides what the address and port speaks. */
export function shareSlot(members: readonly SlotMember[]): SlotShare | undefined {
  const [only, second] = members;
  if (only !== undefined && second === undefined) return shareOfOne(only, members);
  const sorted = members
    .filter(({ port }) => protocolFamily(port.protocol) !== "udp")
    .sort((a, b) => compareText(a.service.id, b.service.id))
    .sort((a, b) => compareText(a.service.hostname, b.service.hostname));
  const [first] = sorted;
  if (first === undefined) return undefined;
  const family = protocolFamily(first.port.protocol) as SlotShare["family"];
  const hosts = new Set<string>();
  const carried = sorted.filter(({ service, port }) => {
    if (protocolFamily(port.protocol) !== family || hosts.has(service.hostname)) return false;
    if (family === "tcp" && hosts.size > 0) return false;
    hosts.add(service.hostname);
    return true;
  });
  return { family, carried, refused: sorted.filter((member) => !carried.includes(member)) };
}

/** Nearly everywhere one is alone. */
function shareOfOne({ port }: SlotMember, members: readonly SlotMember[]): SlotShare | undefined {
  const family = protocolFamily(port.protocol);
  return family === "udp" ? undefined : { family, carried: members, refused: [] };
}
