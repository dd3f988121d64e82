import type { Hostname, MeshSettings, Service, ServiceEndpoints, ServicePort } from "@portolan/model";
import { isIpAddress, isWildcard, parseOwnedHost, protocolFamily, SERVICE_SUFFIX } from "@portolan/model";
import type { UpstreamAddress } from "./upstream-address.ts";
import { localAddress } from "./upstream-address.ts";

/** How a cluster learns its endpoints. */
export type Discovery =
  | { readonly kind: "eds" }
  | { readonly kind: "dns"; readonly addresses: readonly UpstreamAddress[] }
  | { readonly kind: "none"; readonly reason: "udp" | "no-address" };

const EDS: Discovery = { kind: "eds" };

/**
 * Endpoints with IP addresses come over EDS. Where an endpoint is a host name, or the call goes to the host itself, Envoy
 * resolves it (`STRICT_DNS`), since EDS carries addresses only.
 */
export function discoveryOf(
  service: Service,
  port: ServicePort,
  endpoints: ServiceEndpoints | undefined,
  settings: Pick<MeshSettings, "ownedSuffixes" | "mode">,
): Discovery {
  const family = protocolFamily(port.protocol);
  if (family === "udp") return { kind: "none", reason: "udp" };
  if (service.externalName !== undefined) return itself(service.externalName, port);
  if (service.kind === "service" || service.resolution === "STATIC") return EDS;
  if (service.resolution === "NONE") {
    return family === "tcp" || isWildcard(service.hostname)
      ? { kind: "none", reason: "no-address" }
      : itself(service.hostname, port);
  }
  const known = endpoints?.endpoints ?? [];
  if (known.some((endpoint) => !isIpAddress(endpoint.address))) {
    return {
      kind: "dns",
      addresses: known.flatMap((endpoint) => localAddress(endpoint, port, "mesh", settings.mode) ?? []),
    };
  }
  if (known.length > 0) return EDS;
  // A name of the mesh has no address but its VIP: looking it up would lead Envoy back to itself.
  const ours =
    isWildcard(service.hostname) ||
    service.hostname.endsWith(`.${SERVICE_SUFFIX}`) ||
    parseOwnedHost(settings.ownedSuffixes, service.hostname) !== undefined;
  return ours ? EDS : itself(service.hostname, port);
}

function itself(host: Hostname, port: ServicePort): Discovery {
  return {
    kind: "dns",
    addresses: [{ address: host, port: port.number, meshTls: false, weight: 1, locality: "", healthy: true }],
  };
}
