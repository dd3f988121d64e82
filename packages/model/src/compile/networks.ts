import type { IpAddress } from "../address.ts";
import { type Cidr, partsOf } from "../cidr.ts";
import { DEFAULT_NETWORK, type Hostname, type NetworkId, parseNetworkId, parsePortNumber } from "../names.ts";
import type { NetworkGateway } from "../object/mesh.ts";
import type { ServiceObject } from "../object/service.ts";
import { serviceHostname } from "../owned-host.ts";
import type { MeshNetworks } from "../snapshot/mesh-snapshot.ts";
import { compareText } from "../sorted.ts";
import { GATEWAY_PORT_LABEL, NETWORK_LABEL, SNI_GATEWAY_PORT } from "../well-known.ts";
import { indexKey } from "./index-keys.ts";
import { findObjects, type MeshLookup } from "./lookup.ts";

/** Cluster id of the registry that Kubernetes objects come from (Istio's default cluster name). */
const KUBERNETES_REGISTRY = "Kubernetes";

/**
 * MeshNetworks, and Services labelled `topology.istio.io/network` whose port 15443 (or label
 * `networking.istio.io/gatewayPort`) has external addresses, as Istio's guides for several networks set them up.
 */
export function compileNetworks(mesh: Pick<MeshLookup, "index" | "objects">): MeshNetworks {
  const gateways = new Map<NetworkId, NetworkGateway[]>();
  const add = (network: NetworkId, gateway: NetworkGateway) =>
    gateways.set(network, [...(gateways.get(network) ?? []), gateway]);
  const blocks: { cidr: Cidr; network: NetworkId }[] = [];
  let registryNetwork = DEFAULT_NETWORK;

  const services = findObjects(mesh, indexKey.networkGateway(), "Service");
  const config = findObjects(mesh, indexKey.kind("MeshNetworks"), "MeshNetworks")[0];
  for (const [network, spec] of config?.networks ?? []) {
    for (const gateway of spec.gateways) {
      for (const address of addressesOf(services, gateway.address)) add(network, { address, port: gateway.port });
    }
    for (const cidr of spec.fromCidrs) blocks.push({ cidr, network });
    if (registryNetwork === DEFAULT_NETWORK && spec.fromRegistries.includes(KUBERNETES_REGISTRY)) {
      registryNetwork = network;
    }
  }
  for (const service of services) {
    const network = parseNetworkId(service.meta.labels.get(NETWORK_LABEL) ?? "");
    const port = gatewayPortOf(service);
    if (!network.ok || port === undefined) continue;
    for (const address of service.externalIps) add(network.value, { address, port });
  }

  const sorted = [...gateways].sort(([a], [b]) => compareText(a, b)).map(([id, list]) => [id, distinct(list)] as const);
  return {
    gateways: new Map(sorted),
    gatewayNetworks: new Map(
      sorted.flatMap(([id, list]) => list.map(({ address }) => [address, id] as const)).reverse(),
    ),
    blocks: blocks.sort((a, b) => partsOf(b.cidr).bits - partsOf(a.cidr).bits || compareText(textOf(a), textOf(b))),
    registryNetwork,
  };
}

function textOf(block: { cidr: Cidr; network: NetworkId }): string {
  return `${block.cidr} ${block.network}`;
}

/** A gateway given as a Service's host name stands for that Service's external addresses. */
function addressesOf(
  services: readonly ServiceObject[],
  address: IpAddress | Hostname,
): readonly (IpAddress | Hostname)[] {
  const named = services.find(({ meta }) => serviceHostname(meta.name, meta.namespace) === address);
  return named === undefined || named.externalIps.length === 0 ? [address] : named.externalIps;
}

function gatewayPortOf(service: ServiceObject): NetworkGateway["port"] | undefined {
  const label = parsePortNumber(Number(service.meta.labels.get(GATEWAY_PORT_LABEL) ?? Number.NaN));
  const port = label.ok ? label.value : SNI_GATEWAY_PORT;
  return service.ports.find(({ number }) => number === port)?.number;
}

function distinct(gateways: readonly NetworkGateway[]): readonly NetworkGateway[] {
  const byPlace = new Map(gateways.map((gateway) => [`${gateway.address} ${gateway.port}`, gateway]));
  return [...byPlace].sort(([a], [b]) => compareText(a, b)).map(([, gateway]) => gateway);
}
