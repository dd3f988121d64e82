import {
  create,
  FilterChainSchema,
  type Listener,
  ListenerSchema,
  type RouteConfiguration,
  RouteConfigurationSchema,
  TrafficDirection,
} from "@portolan/envoy";
import type { IpAddress, PortNumber, Service, ServicePort } from "@portolan/model";
import { protocolFamily } from "@portolan/model";
import { httpConnectionManager, routesOverAds } from "./filters.ts";
import { formatSocket, listenerName } from "./names.ts";
import { virtualHost } from "./outbound-route.ts";
import type { SlotMember } from "./slot.ts";
import { socketAddress } from "./socket-address.ts";

export interface IngressInput {
  readonly address: IpAddress;
  readonly port: PortNumber;
}

/** A plain HTTP server at the mesh's edge. The caller's address is taken from the connection, whatever its headers say. */
export function translateIngressListener({ address, port }: IngressInput): Listener {
  return create(ListenerSchema, {
    name: listenerName(address, port),
    address: socketAddress(address, port),
    enableReusePort: false,
    trafficDirection: TrafficDirection.INBOUND,
    filterChains: [
      create(FilterChainSchema, {
        filters: [
          httpConnectionManager({
            statPrefix: `ingress_${port}`,
            useRemoteAddress: true,
            routeSpecifier: routesOverAds(formatSocket(address, port)),
          }),
        ],
      }),
    ],
  });
}

/** Calls go by Host, whatever port stands behind it, to these services; other hosts get 404. */
export function translateIngressRoute(
  { address, port }: IngressInput,
  members: readonly SlotMember[],
): RouteConfiguration {
  return create(RouteConfigurationSchema, {
    name: formatSocket(address, port),
    ignorePortInHostMatching: true,
    virtualHosts: members.map((member) => virtualHost(member, [member.service.hostname])),
  });
}

/** The port of a service that an ingress leads to: that of the same number, else the first that speaks HTTP. */
export function ingressPort(service: Service, serverPort: PortNumber): ServicePort | undefined {
  const http = service.ports.filter((port) => protocolFamily(port.protocol) === "http");
  return http.find((port) => port.number === serverPort) ?? http[0];
}
