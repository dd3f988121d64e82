import { selects } from "../object/labels.ts";
import type { Labels } from "../object/meta.ts";
import { keyOf } from "../object/object.ts";
import type { IndexKey } from "../snapshot/mesh-snapshot.ts";
import { indexKey, labelsOf } from "./index-keys.ts";
import { findObjects, isAdmitted, type MeshLookup } from "./lookup.ts";
import type { WorkloadObject } from "./workload.ts";

/** Pods and WorkloadEntries of a namespace with every label of the selector, in the order of their keys. */
export function selectWorkloads(mesh: MeshLookup, namespace: string, selector: Labels): readonly WorkloadObject[] {
  const found = findObjects(mesh, rarestKey(mesh, namespace, selector), "Pod", "WorkloadEntry");
  return found.filter((object) => selects(selector, labelsOf(object)) && isAdmitted(mesh, keyOf(object)));
}

/** Of the selector's labels the one that fewest workloads have. */
function rarestKey(mesh: MeshLookup, namespace: string, selector: Labels): IndexKey {
  let best = indexKey.namespace(namespace);
  let fewest = Number.POSITIVE_INFINITY;
  for (const pair of selector) {
    const key = indexKey.label(namespace, pair);
    const count = mesh.index.get(key)?.length ?? 0;
    if (count < fewest) [best, fewest] = [key, count];
  }
  return best;
}
