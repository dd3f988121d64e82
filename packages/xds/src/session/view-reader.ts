import type { ResourceName } from "../resource/resource-name.ts";
import { SECRET, type TypeUrl } from "../resource/type-url.ts";
import type { ViewId } from "../snapshot/ids.ts";
import type { ReplicaLayer, ReplicaResource, SnapshotReplica } from "../snapshot/replica.ts";
import { covers, type TypeState } from "./type-state.ts";

/** It cannot be told yet whether there is such a resource: that is never told as "there is none". */
export const UNKNOWN = Symbol("unknown");

export type Lookup = ReplicaResource | undefined | typeof UNKNOWN;

/** A stream's own secrets: resources that are in no view and in no shared memory. */
export interface OwnSecrets {
  /** `none`: secrets are never served on this stream, whatever its view holds. */
  readonly served: "none" | ReadonlySet<string>;
  readonly resources: Map<string, ReplicaResource>;
}

/** The view of one stream, as it is at present. */
export interface ViewReader {
  view: ViewId;
  readonly revision: number;
  lookup(name: ResourceName): Lookup;
  /** Marks as due whatever changed in the view since this was last called for that type. */
  absorb(state: TypeState): void;
}

export function createViewReader(replica: SnapshotReplica, view: ViewId, secrets: OwnSecrets): ViewReader {
  return new StreamView(replica, view, secrets);
}

class StreamView implements ViewReader {
  view: ViewId;
  private readonly replica: SnapshotReplica;
  private readonly secrets: OwnSecrets;

  constructor(replica: SnapshotReplica, view: ViewId, secrets: OwnSecrets) {
    this.replica = replica;
    this.view = view;
    this.secrets = secrets;
  }

  get revision(): number {
    return this.replica.revision;
  }

  lookup({ typeUrl, name }: ResourceName): Lookup {
    if (typeUrl === SECRET) {
      const { served, resources } = this.secrets;
      if (served === "none") return undefined;
      if (served.has(name)) return resources.get(name) ?? UNKNOWN;
    }
    const layers = this.replica.view(this.view)?.layers;
    if (layers === undefined) return UNKNOWN;
    for (const layer of layers) {
      const found = layer.tables.get(typeUrl)?.resources.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  absorb(state: TypeState): void {
    const layers = this.replica.view(this.view)?.layers;
    if (layers === undefined || !state.opened) return;
    if (state.rebase) {
      compareAll(state, layers);
      state.rebase = false;
    } else if (state.layers !== layers) {
      compareOtherLayers(state, layers);
    } else {
      let at = 0;
      for (const layer of layers) compareSince(state, layer, state.positions[at++] ?? 0);
    }
    for (let at = 0; at < layers.length; at++) state.positions[at] = endOf(layers[at], state.type.typeUrl);
    state.layers = layers;
  }
}

function endOf(layer: ReplicaLayer | undefined, typeUrl: TypeUrl): number {
  return layer?.tables.get(typeUrl)?.log.end ?? 0;
}

function compareAll(state: TypeState, layers: readonly ReplicaLayer[]): void {
  for (const name of state.sent.names()) state.due.add(name);
  for (const name of state.names) state.due.add(name);
  if (state.wildcard) for (const layer of layers) compareLayer(state, layer);
}

/** Layers that both lists share are compared by what changed in them. */
function compareOtherLayers(state: TypeState, layers: readonly ReplicaLayer[]): void {
  const before = new Map(state.layers.map((layer, at) => [layer, state.positions[at] ?? 0]));
  for (const layer of layers) {
    const position = before.get(layer);
    if (position === undefined) compareLayer(state, layer);
    else compareSince(state, layer, position);
    before.delete(layer);
  }
  const shared = layers.filter((layer) => state.layers.includes(layer));
  const reordered = shared.some((layer, at, all) => {
    const next = all[at + 1];
    return next !== undefined && state.layers.indexOf(layer) > state.layers.indexOf(next);
  });
  if (before.size > 0 || reordered) for (const name of state.sent.names()) state.due.add(name);
}

function compareSince(state: TypeState, layer: ReplicaLayer, position: number): void {
  const log = layer.tables.get(state.type.typeUrl)?.log;
  if (log === undefined || log.end === position) return;
  const names = log.since(position);
  if (names === undefined) {
    compareLayer(state, layer);
    for (const name of state.sent.names()) state.due.add(name);
    return;
  }
  for (const name of names) if (covers(state, name)) state.due.add(name);
}

function compareLayer(state: TypeState, layer: ReplicaLayer): void {
  const resources = layer.tables.get(state.type.typeUrl)?.resources;
  if (resources === undefined) return;
  if (state.wildcard) for (const name of resources.keys()) state.due.add(name);
  else for (const name of state.names) if (resources.has(name)) state.due.add(name);
}
