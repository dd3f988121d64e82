import type { MeshChange, MeshSnapshot, Problem, ProxyView, SnapshotFeed } from "@portolan/model";
import type { Hash } from "../resource/encoded-resource.ts";
import { type LayerId, type ViewId, viewId } from "../snapshot/ids.ts";
import type { HeldResource, SnapshotStore, ViewDefinition } from "../snapshot/snapshot-store.ts";
import { dirtyOf, NOTHING } from "./dirty.ts";
import type { ControlPlaneAddress } from "./gateway.ts";
import { type PlannedLayer, planEndpoints, planLayers } from "./layer-plan.ts";
import { createLayerTable } from "./layer-table.ts";
import { createMemo, type TranslationCounts } from "./memo.ts";
import { problemsOfProxy } from "./problems-of-proxy.ts";
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
  /**
   * The same for a client that asks for load assignments alone: nothing else is in it, nor translated for it, and all whose
   * namespace, network and labels agree share it. Undefined: there is none for gateways.
   */
  endpointsViewFor(proxy: ProxyView): ViewId | undefined;
  release(view: ViewId): void;
  /** What this proxy does not get, and why. */
  problemsOf(proxy: ProxyView): readonly Problem[];
  counts(): TranslationCounts;
  /** Ends following; what is in the store stays. */
  close(): void;
}

interface LiveView {
  readonly proxy: ProxyView;
  readonly plan: typeof planLayers;
  users: number;
  layers: readonly string[];
}

export function createMeshTranslation(options: MeshTranslationOptions): MeshTranslation {
  const { feed, store, controlPlane } = options;
  const memo = createMemo(options.hash);
  const tools = { scopes: createScopeTable(), memo, controlPlane };
  const views = new Map<ViewId, LiveView>();
  const layers = createLayerTable();
  let mesh = feed.snapshot;

  function list(view: LiveView): void {
    const plan: readonly PlannedLayer[] = view.plan(mesh, view.proxy, tools);
    layers.list(plan, view.layers);
    view.layers = plan.map(({ id }) => id);
  }

  function definition(id: ViewId, view: LiveView): ViewDefinition {
    return { view: id, layers: view.layers.flatMap((layer) => layers.layerId(layer) ?? []) };
  }

  function dropUnused(): readonly LayerId[] {
    const dropped = layers.dropUnused();
    // Now and then, so that a view that goes does not cost what the others have.
    if (dropped.length > 0 && tools.scopes.size >= 2 * layers.scopes.size) tools.scopes.keep(layers.scopes);
    return dropped;
  }

  /** What could not be done in its layers, because of another resource. What stays a while after its removal is no problem. */
  function heldOf(proxy: ProxyView): readonly HeldResource[] {
    const held = store.held().filter(({ kind }) => kind !== "kept");
    if (held.length === 0) return held;
    const ids = [idOf(proxy), endpointsIdOf(proxy)];
    const own = new Set(ids.flatMap((id) => views.get(id)?.layers ?? []).map(layers.layerId));
    return held.filter(({ layer, view }) => (view === undefined ? own.has(layer) : ids.includes(view)));
  }

  function publish(next: MeshSnapshot, change: MeshChange): void {
    mesh = next;
    // What is told of thousands of services when a server starts is told to nobody.
    const dirty = views.size === 0 ? NOTHING : dirtyOf(next, change);
    const redefined: ViewDefinition[] = [];
    if (dirty.definitions) {
      for (const [id, view] of views) {
        const before = view.layers;
        list(view);
        if (before.join("\n") !== view.layers.join("\n")) redefined.push(definition(id, view));
      }
    }
    layers.followAll(mesh, dirty);
    // Only now, so that new layers take over what the old ones held.
    const droppedLayers = dropUnused();
    store.update({ revision: mesh.revision, layers: layers.takeUpdates(), views: redefined, droppedLayers });
  }

  const unfollow = feed.onPublish(publish);

  function open(id: ViewId, proxy: ProxyView, plan: LiveView["plan"]): ViewId {
    const known = views.get(id);
    if (known !== undefined) {
      known.users++;
      return id;
    }
    const view: LiveView = { proxy, plan, users: 1, layers: [] };
    views.set(id, view);
    list(view);
    layers.followMade(mesh);
    store.update({ revision: mesh.revision, layers: layers.takeUpdates(), views: [definition(id, view)] });
    return id;
  }

  return {
    viewFor: (proxy) => open(idOf(proxy), proxy, planLayers),
    endpointsViewFor: (proxy) =>
      proxy.role === "gateway" ? undefined : open(endpointsIdOf(proxy), proxy, planEndpoints),
    release(id) {
      const view = views.get(id);
      if (view === undefined || --view.users > 0) return;
      views.delete(id);
      layers.unlist(view.layers);
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

/** All on which a sidecar's load assignments depend. */
function endpointsIdOf({ namespace, network, labels }: ProxyView): ViewId {
  return viewId(["endpoints", namespace, network, textOfLabels(labels)].join(" "));
}
