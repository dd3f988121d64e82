import { resourceKey } from "../resource/resource-name.ts";
import { SECRET } from "../resource/type-url.ts";
import type { LayerId, ViewId } from "./ids.ts";
import type { LayerIndex } from "./layer-index.ts";
import type { StoredResource } from "./stored-resource.ts";

/** `missing`: a reference leads nowhere in some view. `claimed`: another resource of a view has what only one may have. */
export interface BrokenReference {
  readonly kind: "missing" | "claimed";
  readonly resource: StoredResource;
  /** The key of what is not there, or of the other one. */
  readonly missing: string;
}

/**
 * Changes to an index that can be taken back one resource at a time. What is broken by the changes is mended by taking
 * back as little as possible: a resource that refers to what is not there gets its last version again, and what was
 * removed while somebody still refers to it stays.
 */
export interface Transaction {
  put(resource: StoredResource): void;
  remove(resource: StoredResource): void;
  /** Takes back what leaves references open; gives what was taken back, and why. */
  mend(): Mended;
  /** References of those resources that are open; nothing is taken back. */
  broken(): readonly BrokenReference[];
  undo(): void;
  /** Per layer: what was there before and what is there now, where these differ. */
  changes(): ReadonlyMap<LayerId, readonly Change[]>;
}

export interface Mended {
  readonly refused: readonly BrokenReference[];
  /** Resources that stay although they were to go, because of that referrer. */
  readonly kept: readonly { readonly resource: StoredResource; readonly referrer: StoredResource }[];
}

export interface Change {
  readonly before: StoredResource | undefined;
  readonly after: StoredResource | undefined;
}

/** One string for a resource's place in a layer. */
export function slotOf(layer: LayerId, key: string): string {
  return `${layer}\n${key}`;
}

export interface TransactionView {
  readonly index: LayerIndex;
  layersOfView(view: ViewId): readonly LayerId[];
  /** What the clients have from elsewhere, such as clusters of a bootstrap. */
  readonly assumed: ReadonlySet<string>;
}

export function createTransaction({ index, layersOfView, assumed }: TransactionView): Transaction {
  // What stood at each key of a layer when the transaction began.
  const journal = new Map<LayerId, Map<string, StoredResource | undefined>>();

  function remember(layer: LayerId, key: string, before: StoredResource | undefined): void {
    let entries = journal.get(layer);
    if (entries === undefined) {
      entries = new Map();
      journal.set(layer, entries);
    }
    if (!entries.has(key)) entries.set(key, before);
  }

  function takeBack(layer: LayerId, key: string): void {
    const entries = journal.get(layer);
    const before = entries?.get(key);
    if (before !== undefined) index.put(before);
    else if (entries?.has(key)) {
      const now = index.get(layer, key);
      if (now !== undefined) index.remove(now);
    }
  }

  /** Tells the layers that hold the resource; mostly there is one. */
  function holdsTest(key: string): (layer: LayerId) => boolean {
    const [first, ...more] = index.holders(key);
    if (more.length === 0) return (layer) => layer === first?.layer;
    const places = new Set<LayerId | undefined>([first, ...more].map((holder) => holder?.layer));
    return (layer) => places.has(layer);
  }

  function missingOf(resource: StoredResource): string | undefined {
    for (const reference of resource.references) {
      if (reference.typeUrl === SECRET) continue;
      const key = resourceKey(reference);
      if (assumed.has(key) || index.get(resource.layer, key) !== undefined) continue;
      const holds = holdsTest(key);
      for (const view of index.layer(resource.layer)?.views ?? []) {
        if (!layersOfView(view).some(holds)) return key;
      }
    }
    return undefined;
  }

  /** Another resource of a view that has what only one may have; `loser`: which of the two gives way, if one of them can. */
  function rivalOf(resource: StoredResource): { other: StoredResource; loser: StoredResource | undefined } | undefined {
    for (const claim of resource.claims) {
      for (const other of index.claimants(claim)) {
        if (other.key === resource.key || !meet(resource.layer, other.layer)) continue;
        return { other, loser: yielding(resource, other, claim) };
      }
    }
    return undefined;
  }

  function meet(a: LayerId, b: LayerId): boolean {
    for (const view of index.layer(a)?.views ?? []) if (a === b || layersOfView(view).includes(b)) return true;
    return false;
  }

  /** 2: it is what it was. 1: it is new, and had the same before. 0: it had not. */
  function standing(resource: StoredResource, claim: string): number {
    const entries = journal.get(resource.layer);
    const before = entries?.get(resource.key);
    if (before === resource || !entries?.has(resource.key)) return 2;
    return before?.claims.includes(claim) ? 1 : 0;
  }

  /** Of two that claim the same the one that had it stays, or else the first by name. */
  function yielding(a: StoredResource, b: StoredResource, claim: string): StoredResource | undefined {
    const [of, against] = [standing(a, claim), standing(b, claim)];
    if (of === 2 && against === 2) return undefined;
    if (of !== against) return of < against ? a : b;
    return a.key > b.key ? a : b;
  }

  /** What the changes may have broken: what is new, and what referred to something that went. */
  function suspects(): StoredResource[] {
    const found: StoredResource[] = [];
    for (const [layer, entries] of journal) {
      const resources = index.layer(layer)?.resources;
      for (const key of entries.keys()) {
        const now = resources?.get(key);
        if (now === undefined) found.push(...index.referrers(key));
        else if (now.references.length + now.claims.length > 0) found.push(now);
      }
    }
    return found;
  }

  return {
    put(resource) {
      remember(resource.layer, resource.key, index.put(resource));
    },
    remove(resource) {
      const { layer, key } = resource;
      remember(layer, key, index.get(layer, key));
      index.remove(resource);
    },
    broken() {
      return suspects().flatMap((resource): BrokenReference[] => {
        const rival = rivalOf(resource);
        if (rival !== undefined) return [{ kind: "claimed", resource, missing: rival.other.key }];
        const missing = missingOf(resource);
        return missing === undefined ? [] : [{ kind: "missing", resource, missing }];
      });
    },
    mend() {
      const refused: BrokenReference[] = [];
      const kept: Mended["kept"][number][] = [];
      const restored = new Set<string>();
      const queue = suspects();

      function refuse(broken: BrokenReference): void {
        const { layer, key } = broken.resource;
        refused.push(broken);
        takeBack(layer, key);
        const now = index.get(layer, key);
        if (now !== undefined) queue.push(now);
        else queue.push(...index.referrers(key));
      }

      for (let resource = queue.pop(); resource !== undefined; resource = queue.pop()) {
        if (index.get(resource.layer, resource.key) !== resource) continue;
        const { other, loser } = rivalOf(resource) ?? {};
        if (other !== undefined && loser !== undefined) {
          refuse({ kind: "claimed", resource: loser, missing: loser === other ? resource.key : other.key });
          queue.push(resource);
          continue;
        }
        const missing = missingOf(resource);
        if (missing === undefined) continue;
        const entries = journal.get(resource.layer);
        if (entries?.has(resource.key) && entries.get(resource.key) !== resource) {
          refuse({ kind: "missing", resource, missing });
          continue;
        }
        for (const [layer, known] of journal) {
          const before = known.get(missing);
          const slot = slotOf(layer, missing);
          if (before === undefined || index.get(layer, missing) !== undefined || restored.has(slot)) continue;
          restored.add(slot);
          takeBack(layer, missing);
          kept.push({ resource: before, referrer: resource });
          queue.push(before, resource);
        }
      }
      return { refused, kept };
    },
    undo() {
      for (const [layer, entries] of journal) for (const key of entries.keys()) takeBack(layer, key);
      journal.clear();
    },
    changes() {
      const byLayer = new Map<LayerId, Change[]>();
      for (const [layer, entries] of journal) {
        const changes: Change[] = [];
        const resources = index.layer(layer)?.resources;
        for (const [key, before] of entries) {
          const after = resources?.get(key);
          if (after !== before) changes.push({ before, after });
        }
        if (changes.length > 0) byLayer.set(layer, changes);
      }
      return byLayer;
    },
  };
}
