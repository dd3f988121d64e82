import { SECRET } from "../resource/type-url.ts";
import type { ReplicaResource } from "../snapshot/replica.ts";
import type { Position } from "../snapshot/typed-view.ts";
import type { KnownStep, StepStart } from "./known-step.ts";
import type { Dialect } from "./protocol.ts";
import { isAlwaysReady } from "./push-order.ts";
import type { Selection } from "./select.ts";
import type { SentChanges, SentNews } from "./sent-news.ts";
import { noteOf } from "./sent-table.ts";
import type { TypeState } from "./type-state.ts";

/** Undefined where a stream is in a state of its own: something was rejected, or waits for an answer of another type. */
export function startOf(
  state: TypeState,
  options: { readonly dialect: Dialect; readonly to: Position | undefined; readonly revision: number },
): StepStart | undefined {
  const { dialect, to, revision } = options;
  const { due, unanswered, names, wildcard, announce } = state;
  if (to === undefined || due.own || unanswered.own) return undefined;
  if (state.rejected.size + state.trial.length + state.withheld.size > 0) return undefined;
  return {
    dialect,
    from: state.rebase ? undefined : state.position,
    to,
    revision,
    names,
    wildcard,
    announce,
    timed: state.heartbeats !== undefined,
    tellsMissing: state.tellsMissing,
    due: due.names,
    unanswered: unanswered.names,
  };
}

/** What was worked out for another stream that stood where this one stands. */
export function knownStep(
  state: TypeState,
  dialect: Dialect,
  to: Position | undefined,
  revision: number,
): KnownStep | undefined {
  const step = state.sent.note?.step;
  if (step === undefined) return undefined;
  const { start } = step;
  const isSame =
    start.to === to &&
    start.from === (state.rebase ? undefined : state.position) &&
    start.names === state.names &&
    start.due === state.due.names &&
    start.unanswered === state.unanswered.names &&
    start.revision === revision &&
    start.dialect === dialect &&
    start.wildcard === state.wildcard &&
    start.announce === state.announce &&
    start.timed === (state.heartbeats !== undefined) &&
    start.tellsMissing === state.tellsMissing &&
    state.rejected.size + state.trial.length + state.withheld.size === 0;
  return isSame ? step : undefined;
}

/** A stream whose steps nobody followed so often goes its own way: then few are remembered. */
const ALONE = 4;
const RARELY = 8;

/** Keeps a step for those that come, unless nobody is likely to. `sent`: what the stream had before it. */
export function rememberStep(state: TypeState, sent: TypeState["sent"], make: () => KnownStep): void {
  state.alone = state.lastStep?.followed === false ? state.alone + 1 : 0;
  if (state.alone > ALONE && state.alone % RARELY !== 0) return;
  const step = make();
  state.lastStep = step;
  noteOf(sent).step = step;
}

/** Nothing is due. */
export function isIdle({ due, announce, trial }: TypeState): boolean {
  return due.size === 0 && !announce && trial.length === 0;
}

/** Whether all that was due is told, and another stream in that place would be told the same. */
export function isWhole(state: TypeState, taken: SentChanges, previous: SentChanges): boolean {
  if (state.type.typeUrl === SECRET || !isIdle(state) || state.withheld.size + state.rejected.size > 0) return false;
  for (const [name, resource] of taken) if (resource === undefined && previous.get(name) !== undefined) return false;
  return true;
}

export function stepOf(start: StepStart, { taken, proved }: Selection, news: SentNews | undefined): KnownStep {
  const waiting: ReplicaResource[] = [];
  let parents = false;
  for (const resource of taken.values()) {
    if (resource === undefined || resource.references.length === 0) continue;
    parents = true;
    if (!isAlwaysReady(resource)) waiting.push(resource);
  }
  const changes = proved.size === 0 ? taken : new Map([...proved, ...taken]);
  return { start, news, proved, changes, waiting, parents, followed: false };
}
