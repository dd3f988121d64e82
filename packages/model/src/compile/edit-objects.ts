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
    objects: snapshot.objects.edit(new Map(changes.map(({ key, after }) => [key, after] as const))),
    index: editIndex(snapshot, changes),
    changes,
  };
}

function editIndex(snapshot: MeshSnapshot, changes: readonly ObjectChange[]): EditedObjects["index"] {
  const edits = new Map<IndexKey, IndexEdit>();
  for (const { key, before, after } of changes) {
    const from = before === undefined ? NO_KEYS : indexKeysOf(before, snapshot.defaults);
    const to = after === undefined ? NO_KEYS : indexKeysOf(after, snapshot.defaults);
    // Mostly an object is still found by what it was found by.
    if (from.length === to.length && from.every((at, index) => at === to[index])) continue;
    const [had, has] = [new Set(from), new Set(to)];
    for (const at of had) if (!has.has(at)) removedAt(edits, at).add(key);
    for (const at of has) if (!had.has(at)) editAt(edits, at).added.push(key);
  }
  if (edits.size === 0) return snapshot.index;
  const lists = new Map<IndexKey, readonly ObjectKey[] | undefined>();
  for (const [at, { added, removed }] of edits) {
    const before = snapshot.index.get(at) ?? NO_OBJECTS;
    const kept = removed === undefined ? before : before.filter((key) => !removed.has(key));
    // The changes are in the order of their keys.
    const keys = added.length === 0 ? kept : kept.length === 0 ? [...added] : [...kept, ...added].sort(compareText);
    lists.set(at, keys.length === 0 ? undefined : keys);
  }
  return snapshot.index.edit(lists);
}

interface IndexEdit {
  readonly added: ObjectKey[];
  removed: Set<ObjectKey> | undefined;
}

function editAt(edits: Map<IndexKey, IndexEdit>, at: IndexKey): IndexEdit {
  let edit = edits.get(at);
  if (edit === undefined) {
    edit = { added: [], removed: undefined };
    edits.set(at, edit);
  }
  return edit;
}

function removedAt(edits: Map<IndexKey, IndexEdit>, at: IndexKey): Set<ObjectKey> {
  const edit = editAt(edits, at);
  edit.removed ??= new Set();
  return edit.removed;
}

const NO_KEYS: readonly IndexKey[] = [];
const NO_OBJECTS: readonly ObjectKey[] = [];
