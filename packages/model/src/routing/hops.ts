import type { NetworkId, PortNumber } from "../names.ts";
import type { ProxyMode } from "../object/mesh.ts";
import type { Endpoint } from "../snapshot/endpoint.ts";
import type { MeshNetworks } from "../snapshot/mesh-snapshot.ts";
import { formatSni, type ServiceTarget } from "../sni.ts";
import { compareText } from "../sorted.ts";
import { INBOUND_PORT } from "../well-known.ts";
import type { Hop } from "./routing-model.ts";

/**
 * How a client in a network reaches the healthy endpoints of a service's port: those of its own network and of networks
 * without gateways directly, the others through their network's gateways, which share the weight of all that they stand for.
 * A plaintext endpoint behind a gateway cannot be reached and is left out.
 */
export function hopsFrom(
  mesh: { readonly networks: Pick<MeshNetworks, "gateways">; readonly mode: ProxyMode },
  endpoints: readonly Endpoint[],
  target: ServiceTarget & { readonly portName: string },
  network: NetworkId,
): readonly Hop[] {
  const sni = formatSni(target);
  const hops: Hop[] = [];
  const behind = new Map<NetworkId, number>();
  for (const endpoint of endpoints) {
    const port = endpoint.ports.get(target.portName);
    if (port === undefined || !endpoint.healthy) continue;
    const { address, weight } = endpoint;
    if (endpoint.transport === "gateway") {
      hops.push({ kind: "gateway", network: endpoint.network, address, port, sni, weight });
    } else if (endpoint.network === network || (mesh.networks.gateways.get(endpoint.network) ?? []).length === 0) {
      hops.push({ kind: "direct", endpoint, port: dialPort(mesh.mode, endpoint, port) });
    } else if (endpoint.transport === "mtls") {
      behind.set(endpoint.network, (behind.get(endpoint.network) ?? 0) + weight);
    }
  }
  for (const [other, total] of [...behind].sort(([a], [b]) => compareText(a, b))) {
    const gateways = mesh.networks.gateways.get(other) ?? [];
    const weight = Math.max(1, Math.round(total / gateways.length));
    for (const { address, port } of gateways)
      hops.push({ kind: "gateway", network: other, address, port, sni, weight });
  }
  return hops;
}

/** In bind mode an Envoy takes every port of its application at 15006, chosen by SNI. */
export function dialPort(mode: ProxyMode, endpoint: Pick<Endpoint, "transport">, port: PortNumber): PortNumber {
  return mode === "bind" && endpoint.transport === "mtls" ? INBOUND_PORT : port;
}
