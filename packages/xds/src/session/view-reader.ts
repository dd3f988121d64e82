import type { ResourceName } from "../resource/resource-name.ts";
import { SECRET, type TypeUrl } from "../resource/type-url.ts";
import type { ViewId } from "../snapshot/ids.ts";
import type { ReplicaResource, ReplicaTable, SnapshotReplica } from "../snapshot/replica.ts";
import type { Position } from "../snapshot/typed-view.ts";
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
  /** Where the view is for that type; undefined while there is no such view. */
  position(typeUrl: TypeUrl): Position | undefined;
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
    const view = this.replica.view(this.view);
    return view === undefined ? UNKNOWN : view.typed(typeUrl).find(name);
  }

  position(typeUrl: TypeUrl): Position | undefined {
    return this.replica.view(this.view)?.typed(typeUrl).position();
  }

  absorb(state: TypeState): void {
    if (!state.opened) return;
    const position = this.position(state.type.typeUrl);
    const { position: before } = state;
    if (position === undefined || (position === before && !state.rebase)) return;
    if (before === undefined || state.rebase) compareAll(state, position);
    else if (before.typed !== position.typed) compareOther(state, before, position);
    else for (const [at, table] of before.typed.tables.entries()) compareSince(state, table, before.ends[at] ?? 0);
    state.rebase = false;
    state.position = position;
  }
}

function compareAll(state: TypeState, { typed }: Position): void {
  if (state.sent.size > 0) state.due.addAll(state.sent.names());
  if (state.names.size > 0) state.due.addAll(state.names.names());
  if (state.wildcard) for (const table of typed.tables) compareTable(state, table);
}

/** Tables that both lists share are compared by what changed in them. */
function compareOther(state: TypeState, before: Position, { typed: { tables } }: Position): void {
  const known = before.typed.tables;
  const ends = new Map(known.map((table, at) => [table, before.ends[at] ?? 0]));
  for (const table of tables) {
    const position = ends.get(table);
    if (position === undefined) compareTable(state, table);
    else compareSince(state, table, position);
    ends.delete(table);
  }
  const shared = tables.filter((table) => known.includes(table));
  const reordered = shared.some((table, at, all) => {
    const next = all[at + 1];
    return next !== undefined && known.indexOf(table) > known.indexOf(next);
  });
  if (ends.size > 0 || reordered) state.due.addAll(state.sent.names());
}

function compareSince(state: TypeState, table: ReplicaTable, position: number): void {
  if (table.log.end === position) return;
  const names = table.log.since(position);
  if (names === undefined) {
    compareTable(state, table);
    state.due.addAll(state.sent.names());
    return;
  }
  for (const name of names) if (covers(state, name)) state.due.add(name);
}

function compareTable(state: TypeState, { resources }: ReplicaTable): void {
  if (state.wildcard) state.due.addAll(resources.keys());
  else for (const name of state.names.names()) if (resources.has(name)) state.due.add(name);
}
