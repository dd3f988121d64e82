import { resourceType } from "../resource/resource-type.ts";
import { SECRET, type TypeUrl } from "../resource/type-url.ts";
import { createChangeLog } from "./change-log.ts";
import type { LayerId, ViewId } from "./ids.ts";
import type { LayerDelta, ResourceBytes, ResourceUpdate, SnapshotMessage } from "./message.ts";
import type { ReplicaResource, ReplicaTable } from "./replica-table.ts";
import { createRetiredBytes } from "./retired-bytes.ts";
import { createTypedViews, type TypedView, type TypedViews } from "./typed-view.ts";

export type { ReplicaResource, ReplicaTable } from "./replica-table.ts";

export interface ReplicaLayer {
  readonly id: LayerId;
  readonly tables: ReadonlyMap<TypeUrl, ReplicaTable>;
}

export interface ReplicaView {
  readonly id: ViewId;
  /** Another array whenever the list is another. */
  readonly layers: readonly ReplicaLayer[];
  /** Another object whenever its list of tables of that type is another. */
  typed(typeUrl: TypeUrl): TypedView;
}

/** The reading side of a store, in whichever thread: it is fed with messages and holds what sessions compare with. */
export interface SnapshotReplica {
  readonly revision: number;
  /** Gives the views that differ from before. */
  apply(message: SnapshotMessage): ReadonlySet<ViewId>;
  view(id: ViewId): ReplicaView | undefined;
}

interface Table extends ReplicaTable {
  readonly resources: Map<string, ReplicaResource>;
}

interface Layer extends ReplicaLayer {
  readonly tables: Map<TypeUrl, Table>;
}

class LayeredView implements ReplicaView {
  readonly id: ViewId;
  readonly layers: readonly ReplicaLayer[];
  readonly known = new Map<TypeUrl, TypedView>();
  private readonly typedViews: TypedViews;

  constructor(id: ViewId, layers: readonly ReplicaLayer[], typedViews: TypedViews) {
    this.id = id;
    this.layers = layers;
    this.typedViews = typedViews;
  }

  typed(typeUrl: TypeUrl): TypedView {
    return this.known.get(typeUrl) ?? this.take(typeUrl);
  }

  private take(typeUrl: TypeUrl): TypedView {
    const typed = this.typedViews.take(this.layers.flatMap((layer) => layer.tables.get(typeUrl) ?? []));
    this.known.set(typeUrl, typed);
    return typed;
  }
}

export interface ReplicaOptions {
  /** How many changes of a type in a layer are remembered at least; 4,096. Who reads less often compares everything. */
  readonly logLimit?: number;
  /** Bytes of replaced versions that are kept for clients that reject the new ones; 4 MiB. */
  readonly maxRetiredBytes?: number;
}

export function createSnapshotReplica(options: ReplicaOptions = {}): SnapshotReplica {
  const segments = new Map<number, Uint8Array>();
  const layers = new Map<LayerId, Layer>();
  const views = new Map<ViewId, LayeredView>();
  const viewsOfLayer = new Map<LayerId, Set<ViewId>>();
  const typedViews = createTypedViews();
  const retired = createRetiredBytes(options.maxRetiredBytes);
  let revision = 0;
  let tables = 0;

  function layerOf(id: LayerId): Layer {
    let layer = layers.get(id);
    if (layer === undefined) {
      layer = { id, tables: new Map() };
      layers.set(id, layer);
    }
    return layer;
  }

  function tableOf(layer: Layer, typeUrl: TypeUrl): Table {
    let table = layer.tables.get(typeUrl);
    if (table === undefined) {
      table = { number: ++tables, resources: new Map(), log: createChangeLog(options.logLimit) };
      layer.tables.set(typeUrl, table);
      for (const id of viewsOfLayer.get(layer.id) ?? []) forgetTyped(views.get(id), typeUrl);
    }
    return table;
  }

  function forgetTyped(view: LayeredView | undefined, typeUrl: TypeUrl): void {
    const typed = view?.known.get(typeUrl);
    if (typed === undefined) return;
    view?.known.delete(typeUrl);
    typedViews.release(typed);
  }

  function locate(bytes: ResourceBytes): Pick<ReplicaResource, "bytes" | "offset" | "length"> {
    if (bytes.kind === "inline") return { bytes: bytes.body, offset: 0, length: bytes.body.length };
    return { bytes: segments.get(bytes.segment), offset: bytes.offset, length: bytes.length };
  }

  function applyLayer(delta: LayerDelta): void {
    const layer = layerOf(delta.layer);
    for (const update of delta.set) {
      const table = tableOf(layer, update.typeUrl);
      const before = table.resources.get(update.name);
      if (before !== undefined) retire(before);
      const resource = toResource(update, before?.name ?? update.name);
      table.resources.set(resource.name, resource);
      table.log.push(resource.name);
    }
    for (const move of delta.moved) {
      const resource = layer.tables.get(move.typeUrl)?.resources.get(move.name);
      if (resource !== undefined) Object.assign(resource, locate(move.bytes));
    }
    for (const { typeUrl, name } of delta.removed) {
      const table = tableOf(layer, typeUrl);
      const gone = table.resources.get(name);
      if (gone !== undefined && !resourceType(typeUrl).fullState) gone.bytes = undefined;
      if (table.resources.delete(name)) table.log.push(name);
    }
  }

  /** SotW puts the old version of a listener or cluster into a response as long as the new one must wait; others are rarely needed. */
  function retire(resource: ReplicaResource): void {
    if (resourceType(resource.typeUrl).fullState) return;
    if (resource.typeUrl === SECRET) resource.bytes = undefined;
    else if (resource.bytes !== undefined) retired.add(resource);
  }

  /** `name`: the one string that all who hold this name share, for as long as there is such a resource. */
  function toResource({ typeUrl, version, ttlMs, references, bytes }: ResourceUpdate, name: string): ReplicaResource {
    const { bytes: memory, offset, length } = locate(bytes);
    return { typeUrl, name, version, ttlMs, references, bytes: memory, offset, length };
  }

  function defineView(id: ViewId, ids: readonly LayerId[]): void {
    dropView(id);
    views.set(id, new LayeredView(id, ids.map(layerOf), typedViews));
    for (const layer of ids) {
      const known = viewsOfLayer.get(layer);
      if (known === undefined) viewsOfLayer.set(layer, new Set([id]));
      else known.add(id);
    }
  }

  function dropView(id: ViewId): void {
    const view = views.get(id);
    for (const typeUrl of [...(view?.known.keys() ?? [])]) forgetTyped(view, typeUrl);
    for (const layer of view?.layers ?? []) {
      const known = viewsOfLayer.get(layer.id);
      known?.delete(id);
      if (known?.size === 0) viewsOfLayer.delete(layer.id);
    }
    views.delete(id);
  }

  return {
    get revision() {
      return revision;
    },
    view: (id) => views.get(id),
    apply(message) {
      revision = message.revision;
      const changed = new Set<ViewId>();
      for (const { id, buffer } of message.segments) segments.set(id, new Uint8Array(buffer));
      for (const delta of message.layers) {
        applyLayer(delta);
        if (delta.set.length === 0 && delta.removed.length === 0) continue;
        for (const view of viewsOfLayer.get(delta.layer) ?? []) changed.add(view);
      }
      for (const id of message.droppedLayers) layers.delete(id);
      for (const { view, layers: ids } of message.views) {
        defineView(view, ids);
        changed.add(view);
      }
      for (const view of message.droppedViews) {
        dropView(view);
        changed.add(view);
      }
      for (const id of message.droppedSegments) {
        const memory = segments.get(id);
        segments.delete(id);
        if (memory !== undefined) retired.leave(memory);
      }
      return changed;
    },
  };
}
