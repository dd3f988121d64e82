import type { IpAddress } from "../address.ts";
import { DEFAULT_NETWORK, type Hostname, type Namespace, type PortNumber, type WorkloadId } from "../names.ts";
import type { Labels } from "../object/meta.ts";
import type { ServiceEntryObject, WorkloadSpec } from "../object/service-entry.ts";
import type { Endpoint, Workload } from "../snapshot/endpoint.ts";
import { spiffeId } from "../spiffe.ts";
import { SNI_GATEWAY_PORT } from "../well-known.ts";
import type { MeshLookup } from "./lookup.ts";
import { hasEnvoy, labelledNetwork, networkOf } from "./workload.ts";

/** An endpoint before its ports are known. */
export type Place = Omit<Endpoint, "ports">;

const NO_LABELS: Labels = new Map();

export function placeOfWorkload(mesh: MeshLookup, workload: Workload, healthy: boolean): Place {
  return {
    address: workload.address,
    transport: workload.injected ? "mtls" : "plaintext",
    network: workload.network,
    locality: workload.locality,
    weight: 1,
    healthy,
    labels: workload.labels,
    identity: workload.injected
      ? spiffeId({
          trustDomain: mesh.settings.trustDomain,
          namespace: workload.namespace,
          serviceAccount: workload.serviceAccount,
        })
      : undefined,
    workload: workload.id,
  };
}

/** An address of which nothing is known but that it serves, or a name outside the mesh. */
export function placeOfAddress(
  address: IpAddress | Hostname,
  more: Pick<Place, "network" | "locality" | "healthy">,
): Place {
  return {
    address,
    transport: "plaintext",
    weight: 1,
    labels: NO_LABELS,
    identity: undefined,
    workload: undefined,
    ...more,
  };
}

/**
 * An endpoint that a ServiceEntry or a WorkloadEntry names. `ports` are those at which it serves the service: an address
 * that serves every port of a mesh service at 15443 is a gateway too, also where no mesh network names it.
 */
export function placeOfSpec(
  mesh: MeshLookup,
  spec: WorkloadSpec,
  in_: { readonly namespace: Namespace; readonly location: ServiceEntryObject["location"]; readonly labels: Labels },
  ports: ReadonlyMap<string, PortNumber>,
  workload?: WorkloadId,
): Endpoint {
  const internal = in_.location === "MESH_INTERNAL";
  const gatewayOf = mesh.networks.gatewayNetworks.get(spec.address);
  const isGateway = gatewayOf !== undefined || (internal && servesAllAtGatewayPort(spec, ports));
  const transport = isGateway ? "gateway" : internal && hasEnvoy(in_.labels) ? "mtls" : "plaintext";
  const own = spec.network ?? labelledNetwork(in_.labels);
  // Written out, since there are many: a copy with one more field takes half as much again.
  return {
    address: spec.address,
    ports,
    transport,
    network:
      own ??
      gatewayOf ??
      (internal && !isGateway
        ? networkOf(mesh, { network: own, labels: in_.labels, namespace: in_.namespace, address: spec.address })
        : DEFAULT_NETWORK),
    locality: spec.locality ?? "",
    weight: spec.weight ?? 1,
    healthy: true,
    labels: in_.labels,
    // Whose account is not said is not known, as in Istio: clients then accept any account of the namespace.
    identity:
      transport === "plaintext" || spec.serviceAccount === undefined
        ? undefined
        : spiffeId({
            trustDomain: mesh.settings.trustDomain,
            namespace: in_.namespace,
            serviceAccount: spec.serviceAccount,
          }),
    workload,
  };
}

function servesAllAtGatewayPort(spec: WorkloadSpec, ports: ReadonlyMap<string, PortNumber>): boolean {
  return spec.ports.size > 0 && ports.size > 0 && [...ports.values()].every((port) => port === SNI_GATEWAY_PORT);
}
