import type { ObjectKey } from "../object/key.ts";
import { keyOf, type MeshObject } from "../object/object.ts";
import type { ImmutableMap } from "../snapshot/immutable-map.ts";
import type { Batch, IndexKey, MeshSnapshot } from "../snapshot/mesh-snapshot.ts";
import { sameValue } from "../snapshot/same-value.ts";
import { compareText } from "../sorted.ts";
import { indexKeysOf } from "./index-keys.ts";

/** One object before and after; undefined: it did not exist, or does no longer. */
export interface ObjectChange {
  readonly key: ObjectKey;
  readonly before: MeshObject | undefined;
  readonly after: MeshObject | undefined;
}

export interface EditedObjects {
  readonly objects: ImmutableMap<ObjectKey, MeshObject>;
  readonly index: ImmutableMap<IndexKey, readonly ObjectKey[]>;
  /** Only those that differ, in the order of their keys. */
  readonly changes: readonly ObjectChange[];
}

/** Where one batch removes and upserts the same object, the upsert holds. */
export function editObjects(snapshot: MeshSnapshot, batch: Batch): EditedObjects {
  const next = new Map<ObjectKey, MeshObject | undefined>();
  for (const key of batch.removed) next.set(key, undefined);
  for (const object of batch.upserted) next.set(keyOf(object), object);
  const changes: ObjectChange[] = [];
  for (const [key, after] of next) {
    const before = snapshot.objects.get(key);
    if (!sameValue(before, after)) changes.push({ key, before, after });
  }
  changes.sort((a, b) => compareText(a.key, b.key));
  return {
    objects: snapshot.objects.edit(changes.map(({ key, after }) => [key, after] as const)),
    index: editIndex(snapshot, changes),
    changes,
  };
}

function editIndex(snapshot: MeshSnapshot, changes: readonly ObjectChange[]): EditedObjects["index"] {
  const edits = new Map<IndexKey, { added: ObjectKey[]; removed: Set<ObjectKey> }>();
  const editAt = (at: IndexKey) => {
    const edit = edits.get(at) ?? { added: [], removed: new Set<ObjectKey>() };
    edits.set(at, edit);
    return edit;
  };
  for (const { key, before, after } of changes) {
    const from = before === undefined ? new Set<IndexKey>() : indexKeysOf(before, snapshot.defaults);
    const to = after === undefined ? new Set<IndexKey>() : indexKeysOf(after, snapshot.defaults);
    for (const at of from) if (!to.has(at)) editAt(at).removed.add(key);
    for (const at of to) if (!from.has(at)) editAt(at).added.push(key);
  }
  return snapshot.index.edit(
    Array.from(edits, ([at, { added, removed }]) => {
      const kept = (snapshot.index.get(at) ?? []).filter((key) => !removed.has(key));
      const keys = added.length === 0 ? kept : [...kept, ...added].sort(compareText);
      return [at, keys.length === 0 ? undefined : keys] as const;
    }),
  );
}
