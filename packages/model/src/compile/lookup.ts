import type { Hostname, ServiceId, WorkloadId } from "../names.ts";
import type { ObjectKey } from "../object/key.ts";
import type { MeshObject, ObjectKind } from "../object/object.ts";
import type { Problem } from "../problem.ts";
import type { ServiceEndpoints, Workload } from "../snapshot/endpoint.ts";
import type { IndexKey, MeshNetworks, MeshSettings } from "../snapshot/mesh-snapshot.ts";
import type { Service } from "../snapshot/service.ts";

export interface Lookup<Key, Value> {
  get(key: Key): Value | undefined;
}

/** A mesh as the compiling functions see it: a snapshot, or the next one while it is being made. */
export interface MeshLookup {
  readonly settings: MeshSettings;
  readonly networks: MeshNetworks;
  readonly objects: Lookup<ObjectKey, MeshObject>;
  readonly index: Lookup<IndexKey, readonly ObjectKey[]>;
  readonly vipHosts: Lookup<string, readonly Hostname[]>;
  readonly problems: Lookup<ObjectKey, readonly Problem[]>;
  readonly services: Lookup<ServiceId, Service>;
  readonly endpoints: Lookup<ServiceId, ServiceEndpoints>;
  readonly workloads: Lookup<WorkloadId, Workload>;
}

export type ObjectOf<Kind extends ObjectKind> = Extract<MeshObject, { kind: Kind }>;

/** The objects at an index key of one of these kinds, in the order of their keys. */
export function findObjects<Kind extends ObjectKind>(
  mesh: Pick<MeshLookup, "index" | "objects">,
  key: IndexKey,
  ...kinds: readonly Kind[]
): readonly ObjectOf<Kind>[] {
  const found: ObjectOf<Kind>[] = [];
  for (const objectKey of mesh.index.get(key) ?? []) {
    const object = mesh.objects.get(objectKey);
    if (object !== undefined && (kinds as readonly ObjectKind[]).includes(object.kind)) {
      found.push(object as ObjectOf<Kind>);
    }
  }
  return found;
}

/** Whether an object contributes to the mesh: it exists, and nothing is so wrong with it that it stays out. */
export function isAdmitted(mesh: Pick<MeshLookup, "objects" | "problems">, key: ObjectKey): boolean {
  return mesh.objects.get(key) !== undefined && !hasErrors(mesh.problems.get(key));
}

export function hasErrors(problems: readonly Problem[] | undefined): boolean {
  return problems?.some((problem) => problem.severity === "error") ?? false;
}
