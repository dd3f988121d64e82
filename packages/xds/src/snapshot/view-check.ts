import { resourceKey } from "../resource/resource-name.ts";
import { SECRET } from "../resource/type-url.ts";
import type { LayerId } from "./ids.ts";
import type { LayerIndex } from "./layer-index.ts";
import type { StoredResource } from "./stored-resource.ts";
import type { BrokenReference, Change } from "./transaction.ts";

/**
 * Finds references that lead nowhere in a view that is newly made of layers which are there already. Their resources cannot be
 * taken back, since other views are served them.
 */
export interface ViewCheck {
  dangling(layers: readonly LayerId[]): readonly BrokenReference[];
  isDangling(broken: BrokenReference, layers: readonly LayerId[]): boolean;
  /** These changed: what was found out about them is void. */
  forget(changes: ReadonlyMap<LayerId, readonly Change[]>): void;
}

export function createViewCheck(index: LayerIndex, assumed: ReadonlySet<string>): ViewCheck {
  // The layers to which all references of a layer lead. Views share most of theirs: each is walked once, and not once a view.
  const needs = new Map<LayerId, ReadonlySet<LayerId>>();

  function holder(key: string, layers: readonly LayerId[]): LayerId | undefined {
    return layers.find((layer) => index.get(layer, key) !== undefined);
  }

  function walk(layer: LayerId, layers: readonly LayerId[]): readonly BrokenReference[] {
    const broken: BrokenReference[] = [];
    const found = new Set<LayerId>();
    const places = layers.map((id) => ({ id, resources: index.layer(id)?.resources }));
    for (const resource of index.layer(layer)?.resources.values() ?? []) {
      for (const reference of resource.references) {
        if (reference.typeUrl === SECRET) continue;
        const missing = resourceKey(reference);
        if (assumed.has(missing)) continue;
        const place = places.find(({ resources }) => resources?.has(missing));
        if (place !== undefined) found.add(place.id);
        else if (isServed(resource, layers)) broken.push({ kind: "missing", resource, missing });
      }
    }
    if (broken.length === 0) needs.set(layer, found);
    return broken;
  }

  /** Not where an earlier layer holds another of that name. */
  function isServed({ layer, key }: StoredResource, layers: readonly LayerId[]): boolean {
    return holder(key, layers) === layer;
  }

  return {
    dangling(layers) {
      return layers.flatMap((layer) => {
        const known = needs.get(layer);
        return known !== undefined && layers.length > 0 && [...known].every((each) => layers.includes(each))
          ? []
          : walk(layer, layers);
      });
    },
    isDangling({ resource, missing }, layers) {
      if (index.get(resource.layer, resource.key) !== resource || !isServed(resource, layers)) return false;
      return holder(missing, layers) === undefined;
    },
    forget(changes) {
      for (const [layer, list] of changes) {
        needs.delete(layer);
        if (list.every(({ after }) => after !== undefined)) continue;
        for (const [other, places] of needs) if (places.has(layer)) needs.delete(other);
      }
    },
  };
}
