import {
  applyBatch,
  keyOf,
  type MeshChange,
  type MeshObject,
  type MeshSnapshot,
  type ObjectKey,
  type Problem,
} from "@portolan/model";

export interface AppliedObjects {
  readonly snapshot: MeshSnapshot;
  readonly change: MeshChange;
  /** Objects whose new version is bad: the last good one stays in the mesh. What is wrong with the new one. */
  readonly held: ReadonlyMap<ObjectKey, readonly Problem[]>;
}

/**
 * Applies new versions and removals, but leaves an object at its last good version where the new one would not be admitted. Whether it would
 * depends on the others too (settings, addresses), so it is tried, and done again without those that failed.
 */
export function applyObjects(
  before: MeshSnapshot,
  revision: number,
  upserted: readonly MeshObject[],
  removed: readonly ObjectKey[],
): AppliedObjects {
  const held = new Map<ObjectKey, readonly Problem[]>();
  for (;;) {
    const accepted = upserted.filter((object) => !held.has(keyOf(object)));
    const { snapshot, change } = applyBatch(before, { revision, upserted: accepted, removed, vips: new Map() });
    const sizeBefore = held.size;
    for (const object of accepted) {
      const key = keyOf(object);
      if (before.objects.has(key) && !isBad(before, key) && isBad(snapshot, key))
        held.set(key, snapshot.problems.get(key) ?? []);
    }
    if (held.size === sizeBefore) return { snapshot, change, held };
  }
}

function isBad(snapshot: MeshSnapshot, key: ObjectKey): boolean {
  return (snapshot.problems.get(key) ?? []).some(({ severity }) => severity === "error");
}
