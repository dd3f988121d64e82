import { type Hostname, type Namespace, type ServiceId, serviceId } from "../names.ts";
import { keyOf } from "../object/object.ts";
import type { ServiceObject } from "../object/service.ts";
import type { ServiceEntryObject } from "../object/service-entry.ts";
import { serviceHostname } from "../owned-host.ts";
import type { Service } from "../snapshot/service.ts";
import { indexKey } from "./index-keys.ts";
import { hasErrors, type MeshLookup } from "./lookup.ts";

/** An object that defines services. */
export type Definer = ServiceObject | ServiceEntryObject;

export function hostsOf(object: Definer): readonly Hostname[] {
  return object.kind === "Service" ? [serviceHostname(object.meta.name, object.meta.namespace)] : object.hosts;
}

export function serviceIdsOf(object: Definer): readonly ServiceId[] {
  return hostsOf(object).map((host) => serviceId(object.meta.namespace as Namespace, host));
}

/**
 * The objects that speak of one service, in the order of their keys, so that a Kubernetes Service comes before any
 * ServiceEntry. The first defines it; as in Istio, the others add endpoints to its ports.
 */
export function definersOf(
  mesh: Pick<MeshLookup, "index" | "objects" | "problems">,
  id: ServiceId,
): readonly Definer[] {
  const found: Definer[] = [];
  for (const key of mesh.index.get(indexKey.host(id)) ?? []) {
    const object = mesh.objects.get(key);
    if (object?.kind !== "Service" && object?.kind !== "ServiceEntry") continue;
    if (!hasErrors(mesh.problems.get(key))) found.push(object);
  }
  return found;
}

export function compileService(object: Definer, hostname: Hostname): Service {
  const namespace = object.meta.namespace as Namespace;
  const common = {
    id: serviceId(namespace, hostname),
    hostname,
    namespace,
    owner: keyOf(object),
    labels: object.meta.labels,
    ports: object.ports.map(({ name, number, protocol }) => ({ name, number, protocol })),
    exportTo: object.exportTo,
  };
  if (object.kind === "Service") {
    const external = object.externalName !== undefined;
    return {
      ...common,
      kind: "service",
      addresses: object.clusterIps,
      headless: object.headless,
      externalName: object.externalName,
      resolution: external ? "DNS" : "STATIC",
      location: external ? "MESH_EXTERNAL" : "MESH_INTERNAL",
      subjectAltNames: [],
    };
  }
  return {
    ...common,
    kind: "service-entry",
    addresses: object.addresses,
    headless: false,
    externalName: undefined,
    resolution: object.resolution,
    location: object.location,
    subjectAltNames: object.subjectAltNames,
  };
}
