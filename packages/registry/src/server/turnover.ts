import { keyOf, type Problem } from "@portolan/model";
import { type BatchEvent, batch, createBatch } from "../batch/batch.ts";
import { RegistryError } from "../errors.ts";
import type { SourceSettle } from "../merge/merge.ts";
import { badObjects, linesOf } from "../problem-lines.ts";
import type { RegistryOptions, WriteResult } from "../registry.ts";
import { type Advance, type AdvanceTerms, advance, type NewRevision } from "../revision/advance.ts";
import { gather, type Outcome } from "../revision/gather.ts";
import { objectProblems, problemChanges, problemsOf } from "../revision/problems.ts";
import { mergeRows, restate, type StoredRows } from "../revision/restate.ts";
import type { RegistryState } from "../revision/state.ts";
import type { DecodedWrite, Settle, Source } from "../source.ts";
import type { Store } from "../store/store.ts";
import { events } from "./channels.ts";
import type { createPublication } from "./publication.ts";

/** From settles to published revisions: batched, applied, made durable, published, answered. */
export interface Turnover {
  readonly state: RegistryState;
  readonly revisionsPublished: number;
  problems(): readonly Problem[];
  /** The first revision, from everything that the sources had to say. Throws or rejects with `bad-objects` where the options are strict, and with `store-failed`. */
  begin(initial: readonly SourceSettle[]): Promise<void> | undefined;
  add(source: string, settle: Settle): void;
  write(source: string, write: DecodedWrite): Promise<WriteResult>;
  /** Applies what waits, and takes nothing more. */
  end(): Promise<void>;
}

interface Waiting extends SourceSettle {
  /** For writes: whom to answer, and with which warnings. */
  readonly answer?: PromiseWithResolvers<WriteResult>;
  readonly warnings?: readonly Problem[];
}

/** A store that failed is tried again after this. */
const RETRY_MS = 1000;
/** What waits is applied for so long at a time: requests and pushes get a turn before the rest. */
const SLICE_MS = 8;

export function createTurnover(given: {
  readonly options: RegistryOptions;
  readonly nowMs: () => number;
  readonly store: Store;
  readonly publication: ReturnType<typeof createPublication>;
  readonly sources: readonly Source[];
  readonly state: RegistryState;
}): Turnover {
  const { options, nowMs, store, publication } = given;
  const durable = new Set(given.sources.filter(({ kind }) => kind === "writable").map(({ name }) => name));
  const dnsTtlMs = options.vips?.dnsTtlMs ?? 30_000;
  let state = given.state;
  let batching = createBatch(options.debounce?.windowMs, options.debounce?.maxMs);
  let queue: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;
  let reclaimTimer: NodeJS.Timeout | undefined;
  let revisionsPublished = 0;
  let open = false;
  let busy = false;
  /** Why the last commit failed; undefined: it did not. */
  let failed: { readonly error: unknown } | undefined;
  /** Of what was due, some is left. */
  let more = false;
  /** What a commit that failed touched; the next one says how it is. */
  let unsure: StoredRows | undefined;
  /** Settled when what is under way is done with; it does not reject. */
  let underWay: Promise<void> | undefined;

  function terms(first: boolean): AdvanceTerms {
    return { durable, first, nowMs: nowMs(), dnsTtlMs, acknowledged: options.vips?.acknowledged ?? (() => true) };
  }

  function step(event: BatchEvent): void {
    const next = batch(batching, event, nowMs());
    batching = next.state;
    clearTimeout(timer);
    if (next.due) flush();
    else if (next.wakeAtMs !== undefined) timer = setTimeout(() => step("tick"), Math.max(0, next.wakeAtMs - nowMs()));
  }

  function enqueue(item: Waiting): void {
    queue.push(item);
    if (open && !busy) step("arrived");
  }

  function flush(): void {
    const due = queue;
    queue = [];
    turn(due, afterwards);
  }

  function afterwards(): void {
    batching = batch(batching, "done", nowMs()).state;
    reclaimLater();
    if (!open) return;
    // Either the store failed, or somebody who was told of a revision wrote the next: their turn comes after all were told.
    if (failed !== undefined) timer = setTimeout(flush, RETRY_MS);
    else if (more) timer = setTimeout(flush, 0);
    else if (queue.length > 0) step("arrived");
  }

  /** One transaction and one publication for all that waits; only then the answers. What arrives meanwhile waits for its end. */
  function turn(due: readonly Waiting[], done: () => void): void {
    busy = true;
    failed = undefined;
    const endMs = nowMs() + SLICE_MS;
    const next = gather(state, due, terms(false), () => nowMs() >= endMs);
    more = next.rest.length > 0;
    queue = [...next.rest, ...queue];
    const taken = more ? due.slice(0, -next.rest.length) : due;
    for (const outcome of next.outcomes.values())
      if (outcome.kind === "failed") events.failed({ what: "apply", error: outcome.error });
    const kept = () => {
      adopt(next);
      for (const [item, outcome] of next.outcomes) answer(item, outcome);
      busy = false;
      done();
    };
    const refused = (error: unknown) => {
      events.failed({ what: "commit", error });
      for (const { answer } of taken) answer?.reject(error);
      // Files said it, and will not say it again.
      queue = [...taken.filter(({ answer }) => answer === undefined), ...queue];
      if (next.revision !== undefined) unsure = unsure === undefined ? next.revision : mergeRows(unsure, next.revision);
      failed = { error };
      busy = false;
      done();
    };
    let written: Promise<void> | undefined;
    try {
      written = commit(next);
    } catch (error) {
      refused(error);
      return;
    }
    if (written === undefined) kept();
    else underWay = written.then(kept, refused);
  }

  function commit({ state: after, revision }: Pick<Advance, "state" | "revision">): Promise<void> | undefined {
    if (revision === undefined && unsure === undefined) return undefined;
    const rows = revision ?? nothing;
    const { manifests, vips, tombstones } =
      unsure === undefined ? rows : mergeRows(restate(after, unsure, durable), rows);
    return store.commit({ revision: after.snapshot.revision, manifests, vips, tombstones });
  }

  /** What is on the disk is what holds. */
  function adopt(next: Pick<Advance, "state" | "revision">): void {
    const { revision } = next;
    unsure = undefined;
    const before = state;
    state = next.state;
    if (revision !== undefined) {
      revisionsPublished++;
      publication.publish(state.snapshot, revision.change);
    }
    tellProblems(before, revision);
  }

  function tellProblems(before: RegistryState, revision: NewRevision | undefined): void {
    const { came, went } = problemChanges(before, state, revision?.change.problems ?? []);
    for (const problem of came) events.problem({ problem });
    for (const problem of went) events.recovered({ problem });
  }

  function answer(item: Waiting, outcome: Outcome): void {
    if (item.answer === undefined) return;
    if (outcome.kind !== "applied") {
      item.answer.reject(outcome.kind === "refused" ? refusal(outcome.problems) : outcome.error);
      return;
    }
    const keys = keysOf(item.settle);
    const problems = [...(item.warnings ?? []), ...keys.flatMap((key) => objectProblems(state, key))];
    item.answer.resolve({ revision: state.snapshot.revision, keys, problems });
  }

  /** Host names that wait for a VIP get one when tombstones have served their time. */
  function reclaimLater(): void {
    clearTimeout(reclaimTimer);
    if (open && state.vips.waiting.size > 0) reclaimTimer = setTimeout(reclaim, Math.max(dnsTtlMs, RETRY_MS));
  }

  function reclaim(): void {
    // After what is under way it comes again.
    if (!busy) turn([], afterwards);
  }

  function clearTimers(): void {
    clearTimeout(timer);
    clearTimeout(reclaimTimer);
  }

  return {
    get state() {
      return state;
    },
    get revisionsPublished() {
      return revisionsPublished;
    },
    problems: () => problemsOf(state),
    begin(initial) {
      const next = advance(state, initial, terms(true));
      if (options.strict === true) refuseBad(problemsOf(next.state));
      const kept = () => {
        adopt(next);
        busy = false;
        open = true;
        if (queue.length > 0) step("arrived");
        reclaimLater();
      };
      const written = commit(next);
      if (written === undefined) {
        kept();
        return undefined;
      }
      busy = true;
      const begun = written.then(kept).finally(() => {
        busy = false;
      });
      underWay = begun.catch(() => undefined);
      return begun;
    },
    add: (source, settle) => enqueue({ source, settle, exclusive: false }),
    write(source, { settle, problems }) {
      const answer = Promise.withResolvers<WriteResult>();
      enqueue({ source, settle, exclusive: true, answer, warnings: problems });
      return answer.promise;
    },
    async end() {
      clearTimers();
      while (busy) await underWay;
      clearTimers();
      while (open && (queue.length > 0 || unsure !== undefined)) {
        flush();
        while (busy) await underWay;
        if (failed !== undefined) break;
      }
      open = false;
      clearTimers();
      // What a full disk left behind is answered all the same.
      for (const { answer } of queue.splice(0)) answer?.reject(failed?.error);
    },
  };
}

const nothing: StoredRows = { manifests: new Map(), vips: new Map(), tombstones: new Map() };

function keysOf(settle: Settle): WriteResult["keys"] {
  return settle.flatMap((event) => {
    if (event.kind === "upserted") return [keyOf(event.object)];
    return event.kind === "removed" ? [event.key] : [];
  });
}

function refuseBad(problems: readonly Problem[]): void {
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw badObjects(errors);
}

/** PTL1401: owned elsewhere; PTL1403: there is no such object. */
function refusal(problems: readonly Problem[]): RegistryError {
  const has = (code: string) => problems.some((problem) => problem.code === code);
  const code = has("PTL1401") ? "conflict" : has("PTL1403") ? "not-found" : "bad-objects";
  return code === "bad-objects" ? badObjects(problems) : new RegistryError(code, linesOf(problems), problems);
}
