import type { ResourceType } from "../resource/resource-type.ts";
import type { ReplicaResource } from "../snapshot/replica.ts";
import type { Position } from "../snapshot/typed-view.ts";
import type { Heartbeats } from "./heartbeat.ts";
import type { KnownStep } from "./known-step.ts";
import { PendingNames } from "./pending-names.ts";
import type { TypeStatus } from "./protocol.ts";
import { type SentTable, withSent } from "./sent-table.ts";
import type { NameTable } from "./shared-lists.ts";

/** What one stream knows about one type. There is no queue in it: names that are due are compared when they can be sent. */
export interface TypeState {
  readonly type: ResourceType;
  /** Whether the client has asked for this type on this stream. */
  opened: boolean;
  wildcard: boolean;
  /** Whether it ever gave a name (`*` included), which ends the rule that no names mean `*`. */
  everNamed: boolean;
  names: NameTable;
  /** The list that the last valid request held, where each holds all of them (SotW). */
  listed: readonly string[] | undefined;
  /** Names (and `*`) that a void request did without. */
  readonly leftOut: PendingNames;
  /** What was last written, by name. Reverted to what came before where the client rejects it. */
  sent: SentTable;
  /** Names whose resource may differ from what was sent. */
  readonly due: PendingNames;
  /** Those of them that are to be removed and that something which the client rejected still uses in its last good version. */
  readonly withheld: PendingNames;
  /** Names that must be answered even if nothing differs; always due as well. */
  readonly unanswered: PendingNames;
  /** A response must be sent even if it holds nothing. */
  announce: boolean;
  /** Names that must not be taken as held by the client at its first request, since their parent was sent anew. */
  readonly refresh: PendingNames;
  inFlight: InFlight | undefined;
  lastNonce: string;
  /** `NONE_REJECTED` until there is one. */
  rejected: Map<string, RejectedVersion>;
  /** What the client accepted on earlier streams under names whose rejected version is not the current one any more. */
  acceptedEarlier: Map<string, ReplicaResource>;
  /** Groups of names of which one is bad; only those of the last group are sent. */
  readonly trial: Set<string>[];
  /** Everything must be compared. */
  rebase: boolean;
  /** How far the view was read. */
  position: Position | undefined;
  /** The step that was remembered last, and how many before it nobody followed. */
  lastStep: KnownStep | undefined;
  alone: number;
  acknowledged: { readonly nonce: string; readonly version: string; readonly atMs: number } | undefined;
  lastRejection: TypeStatus["lastRejection"];
  /** Whether the client is told, in SotW too, that a name which it asks for is not there. */
  tellsMissing: boolean;
  /** Undefined where the client is told no TTL. */
  heartbeats: Heartbeats | undefined;
}

export interface InFlight {
  readonly nonce: string;
  /** SotW: `version_info`. */
  readonly version: string;
  readonly atMs: number;
  /** The names that it changed, with what the client had before. */
  readonly previous: ReadonlyMap<string, ReplicaResource | undefined>;
  /** The same names with what it holds of them; undefined: told to be gone. What was sent may be forgotten meanwhile. */
  readonly taken: ReadonlyMap<string, ReplicaResource | undefined>;
}

export interface RejectedVersion {
  readonly version: string;
  readonly message: string;
  readonly accepted: ReplicaResource | undefined;
}

/** What a stream starts with; those that start alike hold the same tables. */
export interface FirstTables {
  readonly names: NameTable;
  readonly sent: SentTable;
}

export function createTypeState(type: ResourceType, { names, sent }: FirstTables): TypeState {
  return {
    type,
    opened: false,
    wildcard: false,
    everNamed: false,
    names,
    listed: undefined,
    leftOut: new PendingNames(),
    sent,
    due: new PendingNames(),
    withheld: new PendingNames(),
    unanswered: new PendingNames(),
    announce: false,
    refresh: new PendingNames(),
    inFlight: undefined,
    lastNonce: "",
    rejected: NONE_REJECTED,
    acceptedEarlier: NONE_ACCEPTED,
    trial: [],
    rebase: true,
    position: undefined,
    lastStep: undefined,
    alone: 0,
    acknowledged: undefined,
    lastRejection: undefined,
    tellsMissing: false,
    heartbeats: undefined,
  };
}

/** Most streams reject nothing: nothing is put into this one. */
const NONE_REJECTED = new Map<string, RejectedVersion>();

const NONE_ACCEPTED = new Map<string, ReplicaResource>();

export function covers(state: TypeState, name: string): boolean {
  return state.wildcard || state.names.has(name);
}

export function isSettled(state: TypeState): boolean {
  return state.inFlight === undefined && !state.announce && !state.rebase && isDone(state);
}

/** What is withheld because of a rejection was answered for by that rejection. */
function isDone({ due, withheld }: TypeState): boolean {
  if (due.size > withheld.size) return false;
  for (const name of due) if (!withheld.has(name)) return false;
  return true;
}

/** The client has lost interest: what it has of it is not our business any more. */
export function forget(state: TypeState, names: Iterable<string>): void {
  const gone = new Map<string, undefined>();
  for (const name of names) {
    if (state.sent.has(name)) gone.set(name, undefined);
    state.due.delete(name);
    state.unanswered.delete(name);
  }
  state.sent = withSent(state.sent, gone);
}

/** A set must not change afterwards. */
export function demand(state: TypeState, names: ReadonlySet<string> | readonly string[]): void {
  state.due.addAll(names);
  state.unanswered.addAll(names);
}

export function noteRejection(state: TypeState, name: string, rejected: RejectedVersion): void {
  if (state.rejected === NONE_REJECTED) state.rejected = new Map();
  state.rejected.set(name, rejected);
}

/** What it accepted instead is what the client still has, where this stream has told it nothing else yet. */
export function forgive(state: TypeState, name: string): void {
  const accepted = state.rejected.get(name)?.accepted;
  state.rejected.delete(name);
  if (accepted?.bytes === undefined || state.sent.has(name)) return;
  if (state.acceptedEarlier === NONE_ACCEPTED) state.acceptedEarlier = new Map();
  state.acceptedEarlier.set(name, accepted);
}

/** The client accepted something newer. */
export function noteAccepted({ acceptedEarlier }: TypeState, { taken }: InFlight): void {
  if (acceptedEarlier.size > 0) for (const name of taken.keys()) acceptedEarlier.delete(name);
}
