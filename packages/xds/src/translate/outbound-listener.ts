import {
  create,
  type FilterChain,
  FilterChainSchema,
  type Listener,
  ListenerSchema,
  TrafficDirection,
} from "@portolan/envoy";
import { formatClusterName, type Hostname, type IpAddress, isIpv6, type PortNumber } from "@portolan/model";
import type { ResourceMessage } from "../resource/encoded-resource.ts";
import { httpConnectionManager, routesOverAds, tcpProxy, tlsInspector } from "./filters.ts";
import { formatSocket, listenerName } from "./names.ts";
import type { ShapedMessage } from "./shaped-message.ts";
import type { HostPort, SlotShare } from "./slot.ts";
import { socketAddress } from "./socket-address.ts";

/** All that an outbound listener is made from. */
export interface OutboundListenerInput {
  readonly address: IpAddress;
  readonly port: PortNumber;
  readonly share: { readonly family: SlotShare["family"]; readonly carried: readonly HostPort[] };
}

/** Where one service is alone, as nearly everywhere, its address and host are but texts in what the others have too. */
export function shapedOutbound(
  kind: "listener" | "route",
  input: OutboundListenerInput,
  translate: (input: OutboundListenerInput) => ResourceMessage,
): ShapedMessage | ResourceMessage {
  const { address, port, share } = input;
  const [first] = share.carried;
  if (share.carried.length !== 1 || first === undefined || isIpv6(address)) return translate(input);
  return {
    kind: "shaped",
    shape: `${kind} ${share.family} ${port} ${first.port.number}`,
    texts: [address, first.service.hostname],
    translate([address = "", hostname = ""]) {
      const carried = [{ service: { hostname: hostname as Hostname }, port: first.port }];
      return translate({ address: address as IpAddress, port, share: { family: share.family, carried } });
    },
  };
}

/**
 * The listener on a VIP and port in bind mode. `enable_reuse_port` is off: with it a second Envoy on the same address would
 * start too, and the kernel would let calls leave under another workload's identity.
 */
export function translateOutboundListener({ address, port, share }: OutboundListenerInput): Listener {
  const socket = formatSocket(address, port);
  const statPrefix = `outbound_${listenerName(address, port)}`;
  return create(ListenerSchema, {
    name: listenerName(address, port),
    address: socketAddress(address, port),
    enableReusePort: false,
    trafficDirection: TrafficDirection.OUTBOUND,
    ...(share.family === "tls" && share.carried.length > 1 ? { listenerFilters: [tlsInspector()] } : {}),
    filterChains:
      share.family === "http"
        ? [
            create(FilterChainSchema, {
              filters: [httpConnectionManager({ statPrefix, routeSpecifier: routesOverAds(socket) })],
            }),
          ]
        : share.carried.map((member) => passthrough(member, share.carried.length > 1)),
  });
}

/** One TLS host gets every connection; several are told apart by SNI, and what names none of them is closed. */
function passthrough({ service, port }: HostPort, bySni: boolean): FilterChain {
  const cluster = formatClusterName({ hostname: service.hostname, port: port.number, subset: "" });
  return create(FilterChainSchema, {
    ...(bySni ? { filterChainMatch: { serverNames: [service.hostname] } } : {}),
    filters: [tcpProxy(cluster, cluster)],
  });
}
