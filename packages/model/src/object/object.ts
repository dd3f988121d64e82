import type { DestinationRuleObject } from "./destination-rule.ts";
import type { EndpointsObject } from "./endpoints.ts";
import type { GatewayObject, SidecarObject } from "./gateway.ts";
import { type ObjectKey, objectKey } from "./key.ts";
import type { MeshNetworksObject, MeshSettingsObject } from "./mesh.ts";
import type { NamespaceObject, PodObject, ServiceAccountObject } from "./pod.ts";
import type { ServiceObject } from "./service.ts";
import type { ServiceEntryObject, WorkloadEntryObject } from "./service-entry.ts";

/** Everything that a source can say. One decoder a kind, in `config`. */
export type MeshObject =
  | ServiceObject
  | EndpointsObject
  | PodObject
  | NamespaceObject
  | ServiceAccountObject
  | ServiceEntryObject
  | WorkloadEntryObject
  | GatewayObject
  | SidecarObject
  | DestinationRuleObject
  | MeshSettingsObject
  | MeshNetworksObject;

export type ObjectKind = MeshObject["kind"];

export function keyOf(object: MeshObject): ObjectKey {
  return objectKey(object.kind, object.meta.namespace, object.meta.name);
}
