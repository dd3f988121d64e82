import type { ResourceType } from "../resource/resource-type.ts";
import type { ReplicaLayer, ReplicaResource } from "../snapshot/replica.ts";
import type { Heartbeats } from "./heartbeat.ts";
import type { TypeStatus } from "./protocol.ts";
import { createSentSet, type SentSet } from "./sent-set.ts";

/** What one stream knows about one type. There is no queue in it: names that are due are compared when they can be sent. */
export interface TypeState {
  readonly type: ResourceType;
  /** Whether the client has asked for this type on this stream. */
  opened: boolean;
  wildcard: boolean;
  /** Whether it ever gave a name (`*` included), which ends the rule that no names mean `*`. */
  everNamed: boolean;
  names: Set<string>;
  /** The list that the last valid request held, where each holds all of them (SotW). */
  listed: readonly string[] | undefined;
  /** Names (and `*`) that a void request did without. */
  readonly leftOut: Set<string>;
  /** What was last written, by name. Reverted to what came before where the client rejects it. */
  readonly sent: SentSet;
  /** Names whose resource may differ from what was sent. */
  readonly due: Set<string>;
  /** Those of them that are to be removed and that something which the client rejected still uses in its last good version. */
  readonly withheld: Set<string>;
  /** Names that must be answered even if nothing differs; always due as well. */
  readonly unanswered: Set<string>;
  /** A response must be sent even if it holds nothing. */
  announce: boolean;
  /** Names that must not be taken as held by the client at its first request, since their parent was sent anew. */
  readonly refresh: Set<string>;
  inFlight: InFlight | undefined;
  lastNonce: string;
  readonly rejected: Map<string, RejectedVersion>;
  /** Groups of names of which one is bad; only those of the last group are sent. */
  readonly trial: Set<string>[];
  /** Everything must be compared. */
  rebase: boolean;
  layers: readonly ReplicaLayer[];
  /** How far each layer's log was read. */
  positions: number[];
  acknowledged: { readonly nonce: string; readonly version: string; readonly atMs: number } | undefined;
  lastRejection: TypeStatus["lastRejection"];
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

export function createTypeState(type: ResourceType): TypeState {
  return {
    type,
    opened: false,
    wildcard: false,
    everNamed: false,
    names: new Set(),
    listed: undefined,
    leftOut: new Set(),
    sent: createSentSet(),
    due: new Set(),
    withheld: new Set(),
    unanswered: new Set(),
    announce: false,
    refresh: new Set(),
    inFlight: undefined,
    lastNonce: "",
    rejected: new Map(),
    trial: [],
    rebase: true,
    layers: [],
    positions: [],
    acknowledged: undefined,
    lastRejection: undefined,
    heartbeats: undefined,
  };
}

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
export function forget(state: TypeState, name: string): void {
  state.sent.set(name, undefined);
  state.due.delete(name);
  state.unanswered.delete(name);
}

export function demand(state: TypeState, name: string): void {
  state.due.add(name);
  state.unanswered.add(name);
}
