import { type IpAddress, isIpv6, parseIpAddress } from "../address.ts";
import { cidrContains } from "../cidr.ts";
import { type Hostname, type Namespace, type NetworkId, parseNetworkId, type WorkloadId } from "../names.ts";
import { objectKey } from "../object/key.ts";
import type { Labels } from "../object/meta.ts";
import { keyOf } from "../object/object.ts";
import type { PodObject } from "../object/pod.ts";
import type { WorkloadEntryObject } from "../object/service-entry.ts";
import type { Workload } from "../snapshot/endpoint.ts";
import {
  DEFAULT_SERVICE_ACCOUNT,
  INJECT_LABEL,
  LOCALITY_LABEL,
  NAMESPACE_INJECTION_LABEL,
  NETWORK_LABEL,
  TLS_MODE_LABEL,
} from "../well-known.ts";
import { labelsOf } from "./index-keys.ts";
import type { MeshLookup } from "./lookup.ts";

export type WorkloadObject = PodObject | WorkloadEntryObject;

/** Undefined for what has no IP address (yet). */
export function compileWorkload(
  mesh: Pick<MeshLookup, "objects" | "networks">,
  object: WorkloadObject,
): Workload | undefined {
  const namespace = object.meta.namespace as Namespace;
  const address = object.kind === "Pod" ? object.address : ipOf(object.spec.address);
  if (address === undefined) return undefined;
  const labels = labelsOf(object);
  const spec = object.kind === "Pod" ? undefined : object.spec;
  return {
    id: workloadId(object),
    namespace,
    name: object.meta.name,
    address,
    serviceAccount:
      object.kind === "Pod" ? object.serviceAccount : (object.spec.serviceAccount ?? DEFAULT_SERVICE_ACCOUNT),
    labels,
    network: networkOf(mesh, { network: spec?.network, labels, namespace, address }),
    locality: spec?.locality ?? localityOf(labels),
    injected: object.kind === "Pod" ? isInjected(mesh, object) : hasEnvoy(labels),
  };
}

export function workloadId(object: WorkloadObject): WorkloadId {
  return `${keyOf(object)}` as WorkloadId;
}

export function ipOf(address: IpAddress | Hostname): IpAddress | undefined {
  return isIpv6(address as IpAddress) || parseIpAddress(address).ok ? (address as IpAddress) : undefined;
}

/** Whether an Envoy stands before a WorkloadEntry or an endpoint of a MESH_INTERNAL ServiceEntry. */
export function hasEnvoy(labels: Labels): boolean {
  return labels.get(TLS_MODE_LABEL) !== "disabled";
}

/** The Pod's own label or annotation, else its namespace's label. */
export function isInjected(mesh: Pick<MeshLookup, "objects">, pod: PodObject): boolean {
  const own = pod.meta.labels.get(INJECT_LABEL) ?? pod.meta.annotations.get(INJECT_LABEL);
  if (own === "true" || own === "false") return own === "true";
  return namespaceLabels(mesh, pod.meta.namespace)?.get(NAMESPACE_INJECTION_LABEL) === "enabled";
}

/** What is said of the place itself, then its namespace, then the address block that holds it, then the registry. */
export function networkOf(
  mesh: Pick<MeshLookup, "objects" | "networks">,
  place: {
    readonly network: NetworkId | undefined;
    readonly labels: Labels;
    readonly namespace: string;
    readonly address: IpAddress | Hostname;
  },
): NetworkId {
  const own = place.network ?? labelledNetwork(place.labels);
  if (own !== undefined) return own;
  const ofNamespace = labelledNetwork(namespaceLabels(mesh, place.namespace));
  if (ofNamespace !== undefined) return ofNamespace;
  const ip = ipOf(place.address);
  const block = ip === undefined ? undefined : mesh.networks.blocks.find(({ cidr }) => cidrContains(cidr, ip));
  return block?.network ?? mesh.networks.registryNetwork;
}

export function labelledNetwork(labels: Labels | undefined): NetworkId | undefined {
  const label = labels?.get(NETWORK_LABEL);
  if (label === undefined) return undefined;
  const network = parseNetworkId(label);
  return network.ok ? network.value : undefined;
}

function namespaceLabels(mesh: Pick<MeshLookup, "objects">, namespace: string): Labels | undefined {
  return mesh.objects.get(objectKey("Namespace", "", namespace))?.meta.labels;
}

/** A label cannot hold `/`, so Istio writes `region.zone.subzone` there. */
function localityOf(labels: Labels): string {
  return (labels.get(LOCALITY_LABEL) ?? "").replaceAll(".", "/");
}
