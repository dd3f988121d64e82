import type { LayerId, ViewId } from "./ids.ts";
import type { LayerIndex } from "./layer-index.ts";
import type { ViewUpdate } from "./message.ts";
import type { ViewDefinition } from "./snapshot-store.ts";

export interface ViewChange {
  readonly views: readonly ViewUpdate[];
  readonly droppedViews: readonly ViewId[];
}

/** Which layers a view is made of, and which views a layer is in. */
export interface ViewTable {
  layers(view: ViewId): readonly LayerId[] | undefined;
  define(view: ViewId, layers: readonly LayerId[]): void;
  drop(view: ViewId): void;
  /** Drops layers that no view lists, now or as soon as that is so; gives those that went. */
  dropLayers(layers: readonly LayerId[]): readonly LayerId[];
  takeChange(): ViewChange;
  list(): readonly ViewDefinition[];
}

export function createViewTable(index: LayerIndex): ViewTable {
  const views = new Map<ViewId, readonly LayerId[]>();
  const unwanted = new Set<LayerId>();
  let changed = new Set<ViewId>();

  function leave(view: ViewId): void {
    for (const layer of views.get(view) ?? []) index.layer(layer)?.views.delete(view);
  }

  return {
    layers: (view) => views.get(view),
    define(view, layers) {
      const before = views.get(view);
      if (before?.length === layers.length && before.every((layer, at) => layer === layers[at])) return;
      leave(view);
      views.set(view, [...layers]);
      for (const layer of layers) {
        index.ensureLayer(layer).views.add(view);
        unwanted.delete(layer);
      }
      changed.add(view);
    },
    drop(view) {
      if (!views.has(view)) return;
      leave(view);
      views.delete(view);
      changed.add(view);
    },
    dropLayers(layers) {
      for (const layer of layers) if (index.layer(layer) !== undefined) unwanted.add(layer);
      const gone = [...unwanted].filter((layer) => (index.layer(layer)?.views.size ?? 0) === 0);
      for (const layer of gone) unwanted.delete(layer);
      return gone;
    },
    takeChange() {
      const defined: ViewUpdate[] = [];
      const droppedViews: ViewId[] = [];
      for (const view of changed) {
        const layers = views.get(view);
        if (layers === undefined) droppedViews.push(view);
        else defined.push({ view, layers });
      }
      changed = new Set();
      return { views: defined, droppedViews };
    },
    list: () => [...views].map(([view, layers]) => ({ view, layers })),
  };
}
