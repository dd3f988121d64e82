import type { Arena } from "./arena.ts";
import type { LayerId } from "./ids.ts";
import type { LayerIndex } from "./layer-index.ts";
import type {
  ArenaSlice,
  LayerDelta,
  ResourceBytes,
  ResourceMove,
  ResourceUpdate,
  SnapshotMessage,
} from "./message.ts";
import type { ViewDefinition } from "./snapshot-store.ts";
import type { StoredResource } from "./stored-resource.ts";
import type { Change } from "./transaction.ts";
import type { ViewChange } from "./view-table.ts";

export interface CommittedChanges {
  readonly revision: number;
  readonly changes: ReadonlyMap<LayerId, readonly Change[]>;
  readonly moved: readonly StoredResource[];
  readonly views: ViewChange;
  readonly droppedLayers: readonly LayerId[];
  readonly arena: Arena;
}

/** What one transaction changed. */
export function writeMessage(committed: CommittedChanges): SnapshotMessage {
  const { revision, changes, moved, views, droppedLayers, arena } = committed;
  const { added, dropped } = arena.takeChange();
  const gone = new Set(droppedLayers);
  const deltas = new Map<LayerId, { set: ResourceUpdate[]; moved: ResourceMove[]; removed: StoredResource[] }>();
  const fresh = new Set<StoredResource>();
  function deltaOf(layer: LayerId) {
    let delta = deltas.get(layer);
    if (delta === undefined) {
      delta = { set: [], moved: [], removed: [] };
      deltas.set(layer, delta);
    }
    return delta;
  }
  for (const [layer, list] of changes) {
    if (gone.has(layer)) continue;
    const delta = deltaOf(layer);
    for (const { before, after } of list) {
      if (after !== undefined) {
        delta.set.push(updateOf(after));
        fresh.add(after);
      } else if (before !== undefined) delta.removed.push(before);
    }
  }
  for (const resource of moved) {
    if (fresh.has(resource) || gone.has(resource.layer)) continue;
    deltaOf(resource.layer).moved.push({ ...nameOf(resource), bytes: sliceOf(resource) });
  }
  const layers = [...deltas].map(
    ([layer, delta]): LayerDelta => ({
      layer,
      set: delta.set,
      moved: delta.moved,
      removed: delta.removed.map(nameOf),
    }),
  );
  return { revision, segments: added, droppedSegments: dropped, layers, droppedLayers, ...views };
}

/** Everything, for a reader that starts. */
export function writeState(state: {
  readonly revision: number;
  readonly index: LayerIndex;
  readonly views: readonly ViewDefinition[];
  readonly arena: Arena;
}): SnapshotMessage {
  return {
    revision: state.revision,
    segments: state.arena.segments(),
    droppedSegments: [],
    layers: [...state.index.layers()].map(({ id, resources }) => ({
      layer: id,
      set: [...resources.values()].map(updateOf),
      moved: [],
      removed: [],
    })),
    droppedLayers: [],
    views: state.views,
    droppedViews: [],
  };
}

function updateOf(resource: StoredResource): ResourceUpdate {
  return {
    ...nameOf(resource),
    version: resource.version,
    ttlMs: resource.ttlMs,
    references: resource.references,
    bytes: bytesOf(resource),
  };
}

function bytesOf(resource: StoredResource): ResourceBytes {
  return resource.of.segment === 0 ? { kind: "inline", body: resource.of.body } : sliceOf(resource);
}

function sliceOf({ of: { segment, offset, length } }: StoredResource): ArenaSlice {
  return { kind: "arena", segment, offset, length };
}

function nameOf({ typeUrl, name }: StoredResource): Pick<StoredResource, "typeUrl" | "name"> {
  return { typeUrl, name };
}
