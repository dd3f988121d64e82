import type { Address, Listener } from "@portolan/envoy";

/**
 * What only one resource of a view may have: the sockets that a listener binds. Envoy refuses a second listener on the same
 * address and port (ListenerManager); port 0 is another one for each, and pipes are told by their path.
 */
export function claimsOfListener(listener: Listener): readonly string[] {
  if (listener.apiListener !== undefined || listener.bindToPort === false) return [];
  const protocol = listener.udpListenerConfig === undefined ? "tcp" : "udp";
  const addresses = [listener.address, ...listener.additionalAddresses.map(({ address }) => address)];
  return addresses.flatMap((address) => socketOf(address, protocol) ?? []);
}

function socketOf(address: Address | undefined, protocol: string): string | undefined {
  switch (address?.address.case) {
    case "socketAddress": {
      const { address: ip, portSpecifier } = address.address.value;
      if (portSpecifier.case !== "portValue" || portSpecifier.value === 0) return undefined;
      return `${protocol} ${ip.includes(":") ? `[${ip}]` : ip}:${portSpecifier.value}`;
    }
    case "pipe":
      return `pipe ${address.address.value.path}`;
    default:
      return undefined;
  }
}
