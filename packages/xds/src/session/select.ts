import type { ResourceName } from "../resource/resource-name.ts";
import type { ReplicaResource } from "../snapshot/replica.ts";
import { isOtherTtl, noteHeld } from "./heartbeat.ts";
import type { Dialect } from "./protocol.ts";
import { type Anchor, anchoredNames, isReady, type StreamTypes, unsaidAnchor } from "./push-order.ts";
import type { SentChanges } from "./sent-news.ts";
import { withSent } from "./sent-table.ts";
import { targetOf } from "./target.ts";
import { forgive, type TypeState } from "./type-state.ts";
import { UNKNOWN } from "./view-reader.ts";

/** What the next response of a type changes for the client. */
export interface Selection {
  /** Name -> what it is to have; undefined: it is to be gone. */
  readonly taken: SentChanges;
  /** What the client proved to have: its version is the right one, and from now on its references are known too. */
  readonly proved: ReadonlyMap<string, ReplicaResource>;
  /** Rejected versions that the view does not hold any more. */
  readonly forgiven: readonly ResourceName[];
  /** There is nothing to send yet, and what is to be sent waits for the first answer: an empty response is to ask for it. */
  readonly asks: boolean;
}

export interface SelectOptions {
  readonly dialect: Dialect;
  /** Bytes of resources in one response, where it can be split. */
  readonly maxBytes: number;
}

/** So many are told in one response, where it can be split: who asks for more must not hold up everybody else meanwhile. */
const MAX_TAKEN = 10_000;

/** Takes from the names that are due those that may be sent now. The others stay due. */
export function select(stream: StreamTypes, state: TypeState, options: SelectOptions): Selection {
  const taken = new Map<string, ReplicaResource | undefined>();
  let proved: Map<string, ReplicaResource> | undefined;
  const forgiven: ResourceName[] = [];
  const { type } = state;
  const whole = options.dialect === "sotw" && type.fullState;
  let anchored: ReadonlyMap<string, Anchor> | undefined;
  let unsaid: Anchor | "none" | undefined;
  let bytes = 0;
  state.withheld.clear();

  for (let group = state.trial.at(-1); ; group = state.trial.at(-1)) {
    // What is taken away under way are names that were visited.
    for (const name of group ?? state.due) {
      if (!state.due.has(name)) continue;
      if (!whole && taken.size === MAX_TAKEN) break;
      const target = targetOf(stream.reader, state, name);
      if (target === UNKNOWN) continue;
      if (isForgiven(stream, state, name)) {
        forgive(state, name);
        forgiven.push({ typeUrl: type.typeUrl, name });
      }
      const sent = state.sent.get(name);
      const demanded = state.unanswered.has(name);
      if (!demanded && target?.version === sent?.version && !isOtherTtl(sent, target)) {
        if (target !== undefined && target !== sent) {
          proved ??= new Map();
          proved.set(name, target);
        }
        state.due.delete(name);
        continue;
      }
      if (target === undefined ? isKept(state, name, options.dialect) : target.bytes === undefined) {
        // It holds an older version than one that it rejected, whose bytes are not known here: there is nothing to send.
        state.due.delete(name);
        state.unanswered.delete(name);
        continue;
      }
      if (target === undefined) {
        if (sent !== undefined) {
          anchored ??= anchoredNames(stream, type.typeUrl);
          let anchor = anchored.get(name);
          if (anchor === undefined) {
            unsaid ??= unsaidAnchor(stream, state) ?? "none";
            if (unsaid !== "none") anchor = unsaid;
          }
          if (anchor === "rejected") state.withheld.add(name);
          if (anchor !== undefined) continue;
        }
      } else {
        if (!isReady(stream, target)) continue;
        if (!whole && taken.size > 0 && bytes + target.length > options.maxBytes) break;
        bytes += target.length + name.length;
      }
      taken.set(name, target);
    }
    // What is left of a half cannot be sent yet, and may wait for the other one, or for days: it does not hold that back.
    if (group === undefined || taken.size > 0) break;
    state.trial.pop();
  }
  // What a first response of this kind leaves out, the client drops, although it may have it from an earlier stream.
  if (whole && state.lastNonce === "" && taken.size < state.due.size) taken.clear();
  const asks = unsaid === "pending" && state.lastNonce === "" && taken.size === 0;
  return { taken, proved: proved ?? NOTHING_PROVED, forgiven, asks };
}

const NOTHING_PROVED: ReadonlyMap<string, ReplicaResource> = new Map();

function isForgiven(stream: StreamTypes, state: TypeState, name: string): boolean {
  const rejected = state.rejected.size === 0 ? undefined : state.rejected.get(name);
  if (rejected === undefined) return false;
  const current = stream.reader.lookup({ typeUrl: state.type.typeUrl, name });
  return current === undefined || (current !== UNKNOWN && current.version !== rejected.version);
}

/**
 * A SotW client does not say what it has. Who rejected the current version may have an older one that is not known here: it
 * is not told that there is none.
 */
function isKept(state: TypeState, name: string, dialect: Dialect): boolean {
  return dialect === "sotw" && !state.type.fullState && state.rejected.has(name);
}

/** Notes that a selection is on its way; gives what the client had before. */
export function take(state: TypeState, { taken, proved }: Pick<Selection, "taken" | "proved">): SentChanges {
  const previous = new Map<string, ReplicaResource | undefined>();
  for (const name of taken.keys()) {
    previous.set(name, state.sent.get(name));
    state.due.delete(name);
    state.unanswered.delete(name);
  }
  if (proved.size > 0) {
    noteHeld(state, proved.values());
    state.sent = withSent(state.sent, proved);
  }
  state.sent = withSent(state.sent, taken, previous);
  return previous;
}
