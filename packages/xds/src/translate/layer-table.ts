import type { MeshSnapshot } from "@portolan/model";
import type { LayerId } from "../snapshot/ids.ts";
import type { LayerUpdate } from "../snapshot/snapshot-store.ts";
import { type Dirty, EVERYTHING } from "./dirty.ts";
import type { FollowingLayer } from "./following-layer.ts";
import type { PlannedLayer } from "./layer-plan.ts";
import type { Scope } from "./scope.ts";

interface SharedLayer {
  readonly layer: FollowingLayer;
  readonly scope: Scope | undefined;
  views: number;
}

/** The layers that views list. When a view comes or goes, only its own layers are looked at, however many there are. */
export interface LayerTable {
  /** Lists the layers of a plan in the place of those that were listed. */
  list(plan: readonly PlannedLayer[], before: readonly string[]): void;
  unlist(ids: readonly string[]): void;
  layerId(id: string): LayerId | undefined;
  /** Brings up to date those layers that were made since the last time. */
  followMade(mesh: MeshSnapshot): void;
  /** Brings all that some view lists up to date with a change. */
  followAll(mesh: MeshSnapshot, dirty: Dirty): void;
  /** What differs in the layers that were brought up to date. */
  takeUpdates(): readonly LayerUpdate[];
  /** Closes layers that no view lists any more. Only when the new ones have taken over what they held. */
  dropUnused(): readonly LayerId[];
  /** Those of the layers, with the number of layers of each. */
  readonly scopes: ReadonlyMap<Scope, number>;
}

export function createLayerTable(): LayerTable {
  const layers = new Map<string, SharedLayer>();
  const layersOfScope = new Map<Scope, number>();
  const made = new Set<FollowingLayer>();
  const unused = new Set<string>();
  // Of thousands of layers few differ: what does is taken at once, so that nobody has to remember who was looked at.
  let updates: LayerUpdate[] = [];

  function count(scope: Scope | undefined, by: number): void {
    if (scope === undefined) return;
    const left = (layersOfScope.get(scope) ?? 0) + by;
    if (left > 0) layersOfScope.set(scope, left);
    else layersOfScope.delete(scope);
  }

  function open({ id, scope, make }: PlannedLayer): SharedLayer {
    const shared = { layer: make(), scope, views: 0 };
    layers.set(id, shared);
    count(scope, 1);
    made.add(shared.layer);
    return shared;
  }

  function follow(layer: FollowingLayer, mesh: MeshSnapshot, dirty: Dirty): void {
    layer.follow(mesh, made.delete(layer) ? EVERYTHING : dirty);
    const update = layer.takeUpdate();
    if (update !== undefined) updates.push(update);
  }

  function unlist(ids: readonly string[]): void {
    for (const id of ids) {
      const shared = layers.get(id);
      if (shared !== undefined && --shared.views === 0) unused.add(id);
    }
  }

  return {
    list(plan, before) {
      for (const planned of plan) (layers.get(planned.id) ?? open(planned)).views++;
      unlist(before);
    },
    unlist,
    layerId: (id) => layers.get(id)?.layer.id,
    followMade(mesh) {
      for (const layer of made) follow(layer, mesh, EVERYTHING);
    },
    followAll(mesh, dirty) {
      for (const { layer, views } of layers.values()) if (views > 0) follow(layer, mesh, dirty);
    },
    takeUpdates() {
      const taken = updates;
      updates = [];
      return taken;
    },
    dropUnused() {
      const dropped: LayerId[] = [];
      for (const id of unused) {
        const shared = layers.get(id);
        if (shared === undefined || shared.views > 0) continue;
        layers.delete(id);
        count(shared.scope, -1);
        made.delete(shared.layer);
        shared.layer.close();
        dropped.push(shared.layer.id);
      }
      unused.clear();
      return dropped;
    },
    scopes: layersOfScope,
  };
}
