import { mergeChanges, type Problem } from "@portolan/model";
import type { SourceSettle } from "../merge/merge.ts";
import { type Advance, type AdvanceTerms, advance, type NewRevision } from "./advance.ts";
import { mergeRows } from "./restate.ts";
import { runsOf } from "./runs.ts";
import type { RegistryState } from "./state.ts";

/** What became of one settle of a batch. */
export type Outcome =
  | { readonly kind: "applied" }
  | { readonly kind: "refused"; readonly problems: readonly Problem[] }
  /** It cannot be applied at all. */
  | { readonly kind: "failed"; readonly error: unknown };

/** A batch applied, not yet durable: however many runs it had, it is one transaction and one publication. */
export interface Gathered<Item> {
  readonly state: RegistryState;
  readonly revision: NewRevision | undefined;
  readonly outcomes: ReadonlyMap<Item, Outcome>;
  /** What is left for another time. */
  readonly rest: readonly Item[];
}

/** Writes that are applied before `isLong` is asked. */
const SLICE = 32;

/**
 * Run by run, each held against the mesh that the one before it left. What cannot be applied holds up nothing else. Ends early where
 * that has taken long enough.
 */
export function gather<Item extends SourceSettle>(
  before: RegistryState,
  batch: readonly Item[],
  terms: AdvanceTerms,
  isLong: () => boolean,
): Gathered<Item> {
  const outcomes = new Map<Item, Outcome>();
  let state = before;
  let revision: NewRevision | undefined;
  const take = (run: readonly Item[]): void => {
    let next: Advance;
    try {
      next = advance(state, run, terms);
    } catch (error) {
      if (run.length > 1) for (const item of run) take([item]);
      else for (const item of run) outcomes.set(item, { kind: "failed", error });
      return;
    }
    state = next.state;
    if (next.revision !== undefined) revision = revision === undefined ? next.revision : merge(revision, next.revision);
    for (const [at, item] of run.entries()) {
      const problems = next.refused.get(at);
      outcomes.set(item, problems === undefined ? { kind: "applied" } : { kind: "refused", problems });
    }
  };
  for (const run of batch.length === 0 ? [[]] : runsOf(batch, SLICE)) {
    if (outcomes.size > 0 && isLong()) break;
    take(run);
  }
  return { state, revision, outcomes, rest: batch.slice(outcomes.size) };
}

function merge(first: NewRevision, second: NewRevision): NewRevision {
  return { change: mergeChanges(first.change, second.change), ...mergeRows(first, second) };
}
