import { resourceKey } from "../resource/resource-name.ts";
import type { LayerId, ViewId } from "./ids.ts";
import type { StoredResource } from "./stored-resource.ts";

/** A layer as the store keeps it. */
export interface StoredLayer {
  readonly id: LayerId;
  readonly resources: Map<string, StoredResource>;
  readonly views: Set<ViewId>;
}

/** Where resources are and who refers to them, kept up to date with each change: no question walks what there is. */
export interface LayerIndex {
  layer(id: LayerId): StoredLayer | undefined;
  ensureLayer(id: LayerId): StoredLayer;
  layers(): Iterable<StoredLayer>;
  dropLayer(id: LayerId): void;
  get(layer: LayerId, key: string): StoredResource | undefined;
  /** Gives what it takes the place of. */
  put(resource: StoredResource): StoredResource | undefined;
  remove(resource: StoredResource): void;
  /** Resources of that type and name, in whatever layer. */
  holders(key: string): Iterable<StoredResource>;
  referrers(key: string): Iterable<StoredResource>;
  claimants(claim: string): Iterable<StoredResource>;
}

export function createLayerIndex(): LayerIndex {
  const layers = new Map<LayerId, StoredLayer>();
  const holders: Index = new Map();
  const referrers: Index = new Map();
  const claimants: Index = new Map();

  function remove(resource: StoredResource): void {
    const layer = layers.get(resource.layer);
    if (layer?.resources.get(resource.key) === resource) layer.resources.delete(resource.key);
    discard(holders, resource.key, resource);
    for (const reference of resource.references) discard(referrers, resourceKey(reference), resource);
    for (const claim of resource.claims) discard(claimants, claim, resource);
  }

  function ensureLayer(id: LayerId): StoredLayer {
    let layer = layers.get(id);
    if (layer === undefined) {
      layer = { id, resources: new Map(), views: new Set() };
      layers.set(id, layer);
    }
    return layer;
  }

  return {
    layer: (id) => layers.get(id),
    layers: () => layers.values(),
    ensureLayer,
    dropLayer(id) {
      for (const resource of layers.get(id)?.resources.values() ?? []) remove(resource);
      layers.delete(id);
    },
    get: (layer, key) => layers.get(layer)?.resources.get(key),
    put(resource) {
      const { key } = resource;
      const { resources } = ensureLayer(resource.layer);
      const before = resources.get(key);
      if (before !== undefined) remove(before);
      resources.set(key, resource);
      add(holders, key, resource);
      for (const reference of resource.references) add(referrers, resourceKey(reference), resource);
      for (const claim of resource.claims) add(claimants, claim, resource);
      return before;
    },
    remove,
    holders: (key) => found(holders, key),
    referrers: (key) => found(referrers, key),
    claimants: (claim) => found(claimants, claim),
  };
}

/** Mostly there is one: a set of its own for each would be most of what the index weighs. */
type Index = Map<string, StoredResource | Set<StoredResource>>;

function found(index: Index, key: string): Iterable<StoredResource> {
  const known = index.get(key);
  if (known === undefined) return NOBODY;
  return known instanceof Set ? known : [known];
}

const NOBODY: readonly StoredResource[] = [];

function add(index: Index, key: string, value: StoredResource): void {
  const known = index.get(key);
  if (known === undefined || known === value) index.set(key, value);
  else if (known instanceof Set) known.add(value);
  else index.set(key, new Set([known, value]));
}

function discard(index: Index, key: string, value: StoredResource): void {
  const known = index.get(key);
  if (known === value) index.delete(key);
  else if (known instanceof Set && known.delete(value) && known.size === 1)
    for (const last of known) index.set(key, last);
}
