import type { MeshChange, MeshSnapshot, Problem, ProxyView, SnapshotFeed } from "@portolan/model";
import type { Hash } from "../resource/encoded-resource.ts";
import { type LayerId, type ViewId, viewId } from "../snapshot/ids.ts";
import type { HeldResource, LayerUpdate, SnapshotStore, ViewDefinition } from "../snapshot/snapshot-store.ts";
import { type Dirty, dirtyOf, EVERYTHING } from "./dirty.ts";
import type { FollowingLayer } from "./following-layer.ts";
import type { ControlPlaneAddress } from "./gateway.ts";
import { type PlannedLayer, planLayers } from "./layer-plan.ts";
import { createMemo, type TranslationCounts } from "./memo.ts";
import { problemsOfProxy } from "./problems-of-proxy.ts";
import type { Scope } from "./scope.ts";
import { createScopeTable, textOfLabels } from "./scope-table.ts";

export interface MeshTranslationOptions {
  readonly feed: SnapshotFeed;
  readonly store: SnapshotStore;
  readonly hash: Hash;
  /** Where SNI gateways find the control plane's xDS. */
  readonly controlPlane: ControlPlaneAddress;
}

/**
 * Follows the mesh and keeps the views of the proxies that are there in a snapshot store. Nothing is translated for
 * proxies that are not, and of a change only what it touches is translated and encoded again.
 */
export interface MeshTranslation {
  /** The view of such a proxy; it is in the store when this returns, and stays until released as often as asked for. */
  viewFor(proxy: ProxyView): ViewId;
  release(view: ViewId): void;
  /** What this proxy does not get, and why. */
  problemsOf(proxy: ProxyView): readonly Problem[];
  counts(): TranslationCounts;
  /** Ends following; what is in the store stays. */
  close(): void;
}

interface LiveView {
  readonly proxy: ProxyView;
  users: number;
  layers: readonly string[];
}

interface SharedLayer {
  readonly layer: FollowingLayer;
  readonly scope: Scope | undefined;
  views: number;
}

export function createMeshTranslation(options: MeshTranslationOptions): MeshTranslation {
  const { feed, store, controlPlane } = options;
  const memo = createMemo(options.hash);
  const tools = { scopes: createScopeTable(), memo, controlPlane };
  const views = new Map<ViewId, LiveView>();
  const layers = new Map<string, SharedLayer>();
  let mesh = feed.snapshot;

  /** Lists the layers of a plan in a view; gives those that had to be made. */
  function list(view: LiveView, plan: readonly PlannedLayer[]): readonly FollowingLayer[] {
    const made: FollowingLayer[] = [];
    for (const { id, scope, make } of plan) {
      let shared = layers.get(id);
      if (shared === undefined) {
        shared = { layer: make(), scope, views: 0 };
        layers.set(id, shared);
        made.push(shared.layer);
      }
      shared.views++;
    }
    for (const id of view.layers) unlist(id);
    view.layers = plan.map(({ id }) => id);
    return made;
  }

  function unlist(id: string): void {
    const shared = layers.get(id);
    if (shared !== undefined) shared.views--;
  }

  /** Layers that no view lists any more. */
  function dropUnused(): readonly LayerId[] {
    const dropped: LayerId[] = [];
    const scopes = new Set<Scope>();
    for (const [id, { layer, scope, views: users }] of layers) {
      if (users === 0) {
        layers.delete(id);
        layer.close();
        dropped.push(layer.id);
      } else if (scope !== undefined) scopes.add(scope);
    }
    if (dropped.length > 0) tools.scopes.keep(scopes);
    return dropped;
  }

  function definition(id: ViewId, view: LiveView): ViewDefinition {
    return { view: id, layers: view.layers.flatMap((layer) => layers.get(layer)?.layer.id ?? []) };
  }

  function updates(): readonly LayerUpdate[] {
    return [...layers.values()].flatMap(({ layer }) => layer.takeUpdate() ?? []);
  }

  /** What could not be done in its layers, because of a reference. What stays a while after its removal is no problem. */
  function heldOf(proxy: ProxyView): readonly HeldResource[] {
    const held = store.held().filter(({ kind }) => kind === "refused");
    if (held.length === 0) return held;
    const own = new Set(views.get(idOf(proxy))?.layers.map((layer) => layers.get(layer)?.layer.id));
    return held.filter(({ layer }) => own.has(layer));
  }

  function publish(next: MeshSnapshot, dirty: Dirty): void {
    mesh = next;
    const redefined: ViewDefinition[] = [];
    const made = new Set<FollowingLayer>();
    if (dirty.definitions) {
      for (const [id, view] of views) {
        const before = view.layers;
        for (const layer of list(view, planLayers(mesh, view.proxy, tools))) made.add(layer);
        if (before.join("\n") !== view.layers.join("\n")) redefined.push(definition(id, view));
      }
    }
    for (const { layer, views: users } of layers.values()) {
      if (users > 0) layer.follow(mesh, made.has(layer) ? EVERYTHING : dirty);
    }
    // Only now, so that new layers take over what the old ones held.
    const droppedLayers = dropUnused();
    store.update({ revision: mesh.revision, layers: updates(), views: redefined, droppedLayers });
  }

  const unfollow = feed.onPublish((next: MeshSnapshot, change: MeshChange) => publish(next, dirtyOf(next, change)));

  return {
    viewFor(proxy) {
      const id = idOf(proxy);
      const known = views.get(id);
      if (known !== undefined) {
        known.users++;
        return id;
      }
      const view: LiveView = { proxy, users: 1, layers: [] };
      views.set(id, view);
      for (const layer of list(view, planLayers(mesh, proxy, tools))) layer.follow(mesh, EVERYTHING);
      store.update({ revision: mesh.revision, layers: updates(), views: [definition(id, view)] });
      return id;
    },
    release(id) {
      const view = views.get(id);
      if (view === undefined || --view.users > 0) return;
      views.delete(id);
      for (const layer of view.layers) unlist(layer);
      store.update({ revision: mesh.revision, droppedViews: [id], droppedLayers: dropUnused() });
    },
    problemsOf: (proxy) => problemsOfProxy(mesh, proxy, tools.scopes, memo.failures(), heldOf(proxy)),
    counts: memo.counts,
    close: unfollow,
  };
}

/** All in which views may differ; proxies that agree in it share one. */
function idOf(proxy: ProxyView): ViewId {
  const { role, namespace, address, network, mode, labels, capabilities } = proxy;
  const { lowestPort, inboundPorts, secrets } = capabilities;
  const ports = inboundPorts === "*" ? "*" : inboundPorts.join(",");
  return viewId(
    [role, `${namespace}/${address}`, network, mode, lowestPort, ports, secrets, textOfLabels(labels)].join(" "),
  );
}
