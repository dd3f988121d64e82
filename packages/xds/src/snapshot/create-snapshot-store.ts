import type { EncodedResource } from "../resource/encoded-resource.ts";
import { XdsError } from "../resource/error.ts";
import { parseResourceKey, type ResourceName, resourceKey } from "../resource/resource-name.ts";
import { SECRET } from "../resource/type-url.ts";
import { createArena } from "./arena.ts";
import { createHeldResources } from "./held-resources.ts";
import { type LayerId, layerId, type ViewId } from "./ids.ts";
import { createLayerIndex } from "./layer-index.ts";
import type { SnapshotMessage } from "./message.ts";
import { writeMessage, writeState } from "./message-writer.ts";
import { type SharedResource, sharedResource } from "./shared-resource.ts";
import type {
  HeldResource,
  SnapshotStore,
  SnapshotStoreOptions,
  SnapshotUpdate,
  UpdateReport,
  ViewedResource,
} from "./snapshot-store.ts";
import { StoredResource } from "./stored-resource.ts";
import { type BrokenReference, createTransaction, type Transaction } from "./transaction.ts";
import { createViewCheck } from "./view-check.ts";
import { createViewTable } from "./view-table.ts";

export function createSnapshotStore(options: SnapshotStoreOptions = {}): SnapshotStore {
  const arena = createArena(options.segmentBytes);
  const index = createLayerIndex();
  const views = createViewTable(index);
  const held = createHeldResources();
  const assumed = new Set((options.assumed ?? []).map(resourceKey));
  const check = createViewCheck(index, assumed);
  const dangling = new Map<ViewId, readonly BrokenReference[]>();
  const listeners = new Set<(message: SnapshotMessage) => void>();
  let revision = 0;

  function begin(): Transaction {
    return createTransaction({ index, layersOfView: (view) => views.layers(view) ?? [], assumed });
  }

  /** Gives the resource unless the very same is there already. */
  function put(transaction: Transaction, layer: LayerId, resource: EncodedResource): string | undefined {
    const of = sharedResource(resource);
    const { key } = of;
    held.forget({ layer, key });
    const before = index.get(layer, key);
    if (before?.version === of.version && before.ttlMs === of.ttlMs) {
      before.origins = of.origins;
      return undefined;
    }
    transaction.put(new StoredResource(layer, of));
    return key;
  }

  function remove(transaction: Transaction, layer: LayerId, key: string): void {
    held.forget({ layer, key });
    const before = index.get(layer, key);
    if (before !== undefined) transaction.remove(before);
  }

  /** What dangles in views that were defined with it, and still does. */
  function danglingNow(): readonly HeldResource[] {
    return [...dangling].flatMap(([view, list]) => {
      const layers = views.layers(view) ?? [];
      return list.flatMap((broken) => (check.isDangling(broken, layers) ? [heldDangling(view, broken)] : []));
    });
  }

  function checkViews(defined: readonly ViewId[]): readonly HeldResource[] {
    return defined.flatMap((view) => {
      const found = check.dangling(views.layers(view) ?? []);
      if (found.length === 0) dangling.delete(view);
      else dangling.set(view, found);
      return found.map((broken) => heldDangling(view, broken));
    });
  }

  /** Its bytes are placed with the first layer that holds it. */
  function settle({ of, typeUrl }: StoredResource): void {
    if (of.holders++ === 0 && typeUrl !== SECRET) arena.place(of);
  }

  function leave({ of }: StoredResource): void {
    if (--of.holders === 0) arena.release(of);
  }

  /** The resources of layers that hold what was moved. */
  function holdersOf(moved: readonly SharedResource[]): readonly StoredResource[] {
    return moved.flatMap((of) => [...index.holders(of.key)].filter((resource) => resource.of === of));
  }

  function commit(transaction: Transaction, next: number, droppedLayers: readonly LayerId[]): boolean {
    const changes = transaction.changes();
    check.forget(changes);
    for (const list of changes.values()) {
      for (const { before, after } of list) {
        if (after !== undefined) settle(after);
        if (before !== undefined) leave(before);
      }
    }
    for (const layer of droppedLayers) {
      for (const resource of index.layer(layer)?.resources.values() ?? []) leave(resource);
      index.dropLayer(layer);
    }
    const moved = arena.compact() as readonly SharedResource[];
    revision = Math.max(revision, next);
    const message = writeMessage({
      revision,
      changes,
      moved: holdersOf(moved),
      views: views.takeChange(),
      droppedLayers,
      arena,
    });
    const changed =
      message.layers.length + message.views.length + message.droppedViews.length + message.droppedLayers.length > 0;
    for (const listener of [...listeners]) listener(message);
    return changed;
  }

  function update(input: SnapshotUpdate): UpdateReport {
    const { revision: next = revision + 1 } = input;
    if (!Number.isSafeInteger(next)) throw new XdsError("bad-option", `revision ${next} is not a whole number`);
    const transaction = begin();
    for (const { view, layers } of input.views ?? []) views.define(view, layers);
    for (const view of input.droppedViews ?? []) {
      views.drop(view);
      dangling.delete(view);
    }
    const changed: string[] = [];
    for (const { layer, set, removed } of input.layers ?? []) {
      index.ensureLayer(layer);
      for (const name of removed) {
        remove(transaction, layer, resourceKey(name));
        changed.push(resourceKey(name));
      }
      for (const resource of set) {
        const key = put(transaction, layer, resource);
        if (key !== undefined) changed.push(key);
      }
    }
    held.retry(transaction, changed);
    const added = held.add(transaction.mend());
    const droppedLayers = views.dropLayers(input.droppedLayers ?? []);
    const differs = commit(transaction, next, droppedLayers);
    return { changed: differs, held: [...added, ...checkViews((input.views ?? []).map(({ view }) => view))] };
  }

  function viewed(stored: StoredResource): ViewedResource {
    const { typeUrl, name, version, ttlMs, origins, of } = stored;
    return { typeUrl, name, version, ttlMs, origins, body: Uint8Array.from(of.body) };
  }

  function find(view: ViewId, name: ResourceName): StoredResource | undefined {
    const key = resourceKey(name);
    for (const layer of views.layers(view) ?? []) {
      const stored = index.get(layer, key);
      if (stored !== undefined) return stored;
    }
    return undefined;
  }

  return {
    get revision() {
      return revision;
    },
    update,
    set(view, resources) {
      const layer = layerId(`view:${view}`);
      const keys = new Set<string>();
      for (const resource of resources) {
        const key = resourceKey(resource);
        if (keys.has(key)) {
          const named = `${resource.typeUrl} "${resource.name}"`;
          throw new XdsError("duplicate-resource", `the snapshot of "${view}" holds ${named} twice`);
        }
        keys.add(key);
      }
      const before = views.layers(view);
      index.ensureLayer(layer);
      views.define(view, [layer]);
      const transaction = begin();
      for (const key of [...(index.layer(layer)?.resources.keys() ?? [])]) {
        if (!keys.has(key)) remove(transaction, layer, key);
      }
      for (const resource of resources) put(transaction, layer, resource);
      const [broken] = transaction.broken();
      if (broken !== undefined) {
        transaction.undo();
        if (before === undefined) views.drop(view);
        else views.define(view, before);
        views.takeChange();
        throw new XdsError("inconsistent-snapshot", describe(view, broken));
      }
      return { changed: commit(transaction, revision + 1, []), held: [] };
    },
    delete(view) {
      update({ revision: revision + 1, droppedViews: [view], droppedLayers: [layerId(`view:${view}`)] });
    },
    held: () => [...held.list(), ...danglingNow()],
    views: () => views.list(),
    resources(view) {
      const layers = views.layers(view);
      if (layers === undefined) return undefined;
      const found = new Map<string, StoredResource>();
      for (const layer of layers) {
        for (const [key, stored] of index.layer(layer)?.resources ?? []) if (!found.has(key)) found.set(key, stored);
      }
      return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, stored]) => viewed(stored));
    },
    resource(view, name) {
      const stored = find(view, name);
      return stored && viewed(stored);
    },
    subscribe(listener) {
      listeners.add(listener);
      listener(writeState({ revision, index, views: views.list(), arena }));
      return () => listeners.delete(listener);
    },
  };
}

function describe(view: ViewId, { kind, resource, missing }: BrokenReference): string {
  const other = parseResourceKey(missing);
  const named = `${other.typeUrl} ${other.name}`;
  const what = kind === "missing" ? `refers to ${named}, which it does not hold` : `binds what ${named} binds too`;
  return `the snapshot of "${view}" is not consistent: ${resource.typeUrl} "${resource.name}" ${what}`;
}

function heldDangling(view: ViewId, { resource, missing }: BrokenReference): HeldResource {
  const { typeUrl, name, layer, origins } = resource;
  return { kind: "dangling", layer, resource: { typeUrl, name }, because: parseResourceKey(missing), origins, view };
}
