import { DEFAULT_NETWORK, type Namespace, type PortNumber, type WorkloadId } from "../names.ts";
import type { EndpointAddress, EndpointsObject } from "../object/endpoints.ts";
import { objectKey } from "../object/key.ts";
import { keyOf } from "../object/object.ts";
import type { ServiceObject } from "../object/service.ts";
import type { Endpoint } from "../snapshot/endpoint.ts";
import { indexKey, labelsOf } from "./index-keys.ts";
import { findObjects, isAdmitted, type MeshLookup } from "./lookup.ts";
import { type Place, placeOfAddress, placeOfSpec, placeOfWorkload } from "./place.ts";
import type { PortPair } from "./port-pairs.ts";
import { selectWorkloads } from "./select-workloads.ts";
import { networkOf, workloadId } from "./workload.ts";

/**
 * Endpoints of a Kubernetes Service: what EndpointSlices say, else Endpoints (Kubernetes mirrors the one into the other),
 * else the Pods that it selects; and in each case the WorkloadEntries that it selects, of which Kubernetes knows nothing.
 */
export function endpointsOfService(
  mesh: MeshLookup,
  object: ServiceObject,
  ports: readonly PortPair<ServiceObject>[],
): readonly Endpoint[] {
  const { namespace, name } = object.meta;
  if (object.externalName !== undefined) {
    const place = placeOfAddress(object.externalName, { network: DEFAULT_NETWORK, locality: "", healthy: true });
    return [{ ...place, ports: new Map(ports.map(({ name, number }) => [name, number])) }];
  }
  const given = findObjects(mesh, indexKey.endpoints(namespace, name), "Endpoints", "EndpointSlice");
  const slices = given.filter(({ kind }) => kind === "EndpointSlice");
  const endpoints = (slices.length > 0 ? slices : given).flatMap((one) => fromGroups(mesh, one, ports));
  if (object.selector === undefined || object.selector.size === 0) return endpoints;
  for (const workload of selectWorkloads(mesh, namespace, object.selector)) {
    if (workload.kind === "Pod") {
      const compiled = mesh.workloads.get(workloadId(workload));
      if (given.length > 0 || compiled === undefined) continue;
      const served = new Map<string, PortNumber>();
      for (const { name, own } of ports) {
        const target = own.targetPort;
        const port =
          typeof target === "number" ? target : workload.containerPorts.find((one) => one.name === target)?.number;
        if (port !== undefined) served.set(name, port as PortNumber);
      }
      endpoints.push({ ...placeOfWorkload(mesh, compiled, workload.ready), ports: served });
    } else {
      const served = new Map<string, PortNumber>();
      for (const { name, own } of ports) {
        const target = own.targetPort;
        const named = typeof target === "string" ? workload.spec.ports.get(target) : (target as PortNumber);
        served.set(name, workload.spec.ports.get(own.name) ?? named ?? own.number);
      }
      const in_ = { namespace: namespace as Namespace, location: "MESH_INTERNAL" as const, labels: labelsOf(workload) };
      endpoints.push(placeOfSpec(mesh, workload.spec, in_, served, workloadId(workload)));
    }
  }
  return endpoints;
}

function fromGroups(
  mesh: MeshLookup,
  object: EndpointsObject,
  ports: readonly PortPair<ServiceObject>[],
): readonly Endpoint[] {
  return object.groups.flatMap((group) => {
    const served = new Map<string, PortNumber>();
    for (const { name, own } of ports) {
      const port = group.ports.find((one) => one.name === own.name);
      if (port !== undefined) served.set(name, port.number);
    }
    return group.addresses.map((address) => ({
      ...placeOfEndpointAddress(mesh, object.meta.namespace as Namespace, address),
      ports: served,
    }));
  });
}

function placeOfEndpointAddress(mesh: MeshLookup, namespace: Namespace, at: EndpointAddress): Place {
  const locality = at.zone === undefined ? "" : `/${at.zone}`;
  const workload = mesh.workloads.get(workloadAt(mesh, namespace, at) ?? ("" as WorkloadId));
  if (workload === undefined) {
    const network = networkOf(mesh, { network: undefined, labels: new Map(), namespace, address: at.address });
    return placeOfAddress(at.address, { network, locality, healthy: at.ready });
  }
  const place = placeOfWorkload(mesh, workload, at.ready);
  return { ...place, address: at.address, locality: place.locality === "" ? locality : place.locality };
}

/** The Pod that is named, else whoever of the namespace has the address: Pods first, by the order of their keys. */
function workloadAt(mesh: MeshLookup, namespace: Namespace, at: EndpointAddress): WorkloadId | undefined {
  const named = at.pod === undefined ? undefined : mesh.objects.get(objectKey("Pod", namespace, at.pod));
  if (named?.kind === "Pod" && named.address !== undefined) return workloadId(named);
  const there = findObjects(mesh, indexKey.workload(namespace, at.address), "Pod", "WorkloadEntry");
  const found = there.find((object) => isAdmitted(mesh, keyOf(object)));
  return found === undefined ? undefined : workloadId(found);
}
