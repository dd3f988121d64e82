import type {
  Endpoint,
  Labels,
  MeshNetworks,
  NetworkGateway,
  NetworkId,
  ProxyMode,
  ServiceEndpoints,
  ServicePort,
} from "@portolan/model";
import { compareText, isIpAddress, selects } from "@portolan/model";
import { encodeLoadAssignment } from "./encode-load-assignment.ts";
import type { EncodedMessage } from "./encoded-message.ts";
import { localAddress, type Reach, type UpstreamAddress } from "./upstream-address.ts";

/** All that a load assignment is made from. */
export interface EndpointsInput {
  readonly clusterName: string;
  readonly port: ServicePort;
  /** Labels of the subset; undefined: all endpoints. */
  readonly subset: Labels | undefined;
  readonly endpoints: ServiceEndpoints | undefined;
  /** The client's network. */
  readonly network: NetworkId;
  readonly networks: MeshNetworks;
  readonly reach: Reach;
  /** How workloads with an Envoy take calls. */
  readonly mode: ProxyMode;
}

/**
 * A service's endpoints as a client of one network dials them: those of its own network, and those of a network without
 * gateways, at their address; those of any other network at that network's gateways, which choose by SNI and are weighted by the sum
 * of what stands behind them. What has no Envoy cannot be reached through a gateway and is left out.
 */
export function translateEndpoints(input: EndpointsInput): EncodedMessage {
  const direct: UpstreamAddress[] = [];
  const behind = new Map<NetworkId, UpstreamAddress[]>();
  for (const endpoint of input.endpoints?.endpoints ?? []) {
    if (input.subset !== undefined && !isOfSubset(input.subset, endpoint)) continue;
    const address = localAddress(endpoint, input.port, input.reach, input.mode);
    if (address === undefined) continue;
    if (!isThroughGateway(endpoint, input.network, input.networks)) {
      if (isIpAddress(address.address)) direct.push(address);
    } else if (address.meshTls) {
      const group = behind.get(endpoint.network);
      if (group === undefined) behind.set(endpoint.network, [address]);
      else group.push(address);
    }
  }
  return encodeLoadAssignment(input.clusterName, withGateways(direct, behind, input.networks));
}

/** An SNI gateway picks the subset by SNI, so it stands for every one that its own labels do not contradict. */
function isOfSubset(subset: Labels, { transport, labels }: Endpoint): boolean {
  if (transport !== "gateway") return selects(subset, labels);
  return [...subset].every(([key, value]) => (labels.get(key) ?? value) === value);
}

/** Whether a client of `from` reaches the endpoint only through the gateways of the endpoint's network. */
export function isThroughGateway(endpoint: Endpoint, from: NetworkId, networks: MeshNetworks): boolean {
  if (endpoint.network === from || endpoint.transport === "gateway") return false;
  return (networks.gateways.get(endpoint.network)?.length ?? 0) > 0;
}

/** Gateways of a network that can stand in a load assignment, which holds IP addresses only. */
export function dialledGateways(networks: MeshNetworks, network: NetworkId): readonly NetworkGateway[] {
  return (networks.gateways.get(network) ?? []).filter((gateway) => isIpAddress(gateway.address));
}

/**
 * Weights are whole numbers: all of them are multiplied by the least common multiple of the numbers of gateways, so that
 * every gateway gets an equal part of its network's sum.
 */
function withGateways(
  direct: readonly UpstreamAddress[],
  behind: ReadonlyMap<NetworkId, readonly UpstreamAddress[]>,
  networks: MeshNetworks,
): readonly UpstreamAddress[] {
  const groups = [...behind]
    .sort(([a], [b]) => compareText(a, b))
    .map(([network, addresses]) => ({ gateways: dialledGateways(networks, network), addresses }))
    .filter(({ gateways }) => gateways.length > 0);
  if (groups.length === 0) return direct;
  const multiple = groups.reduce((product, { gateways }) => leastCommonMultiple(product, gateways.length), 1);
  const throughGateways = groups.flatMap(({ gateways, addresses }) => {
    const healthy = addresses.filter((address) => address.healthy);
    const counted = healthy.length > 0 ? healthy : addresses;
    const weight = (counted.reduce((sum, address) => sum + address.weight, 0) * multiple) / gateways.length;
    return gateways.map(({ address, port }) => ({
      address,
      port,
      meshTls: true,
      weight,
      locality: "",
      healthy: healthy.length > 0,
    }));
  });
  return [...direct.map((address) => ({ ...address, weight: address.weight * multiple })), ...throughGateways];
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
