import type { Assign, Assignment } from "./assign.ts";

export interface AdmissionOptions {
  /** Assignments that are being decided at one time. */
  readonly maxPending: number;
  readonly now: () => number;
}

/** As long may deciding hold up everything else, before what is under way is served again. */
const SLICE_MS = 10;

/**
 * Lets streams in one after the other, in the order in which they came, a few at a time: that a thousand clients reconnect
 * at once costs those that are connected nothing (istio#35046). Deciding may be synchronous and costly. While there is time
 * in a turn of the loop it is done at once, so that what a client is told first leaves in one piece.
 */
export function admitInTurn(assign: Assign, { maxPending, now }: AdmissionOptions): Assign {
  const waiting: (() => void)[] = [];
  let pending = 0;
  let scheduled = false;
  /** Until then, in this turn, what comes is decided at once; undefined: nothing came in it. */
  let untilMs: number | undefined;

  function hasTime(): boolean {
    if (untilMs === undefined) {
      untilMs = now() + SLICE_MS;
      setImmediate(endTurn);
    }
    return now() < untilMs;
  }

  function endTurn(): void {
    untilMs = undefined;
  }

  function schedule(): void {
    if (scheduled || waiting.length === 0 || pending >= maxPending) return;
    scheduled = true;
    setImmediate(turn);
  }

  function turn(): void {
    scheduled = false;
    const until = now() + SLICE_MS;
    let at = 0;
    while (at < waiting.length && pending < maxPending) {
      waiting[at++]?.();
      if (now() >= until) break;
    }
    waiting.splice(0, at);
    schedule();
  }

  function over(): void {
    pending--;
    schedule();
  }

  function decide(...applicant: Parameters<Assign>): ReturnType<Assign> {
    const decided = assign(...applicant);
    // What needs no waiting is over at once: it must not take the place of another.
    if (decided instanceof Promise) {
      pending++;
      decided.then(over, over);
    }
    return decided;
  }

  return (...applicant) => {
    if (waiting.length === 0 && pending < maxPending && hasTime()) return decide(...applicant);
    const { promise, resolve, reject } = Promise.withResolvers<Assignment>();
    waiting.push(() => {
      try {
        resolve(decide(...applicant));
      } catch (cause) {
        reject(cause);
      }
    });
    schedule();
    return promise;
  };
}
