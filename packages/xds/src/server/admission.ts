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
  /** What deciding at once took in this turn; undefined: nothing was. */
  let spentMs: number | undefined;

  function endTurn(): void {
    spentMs = undefined;
  }

  function decideNow(...applicant: Parameters<Assign>): ReturnType<Assign> {
    if (spentMs === undefined) {
      spentMs = 0;
      setImmediate(endTurn);
    }
    const startMs = now();
    try {
      return decide(...applicant);
    } finally {
      spentMs += now() - startMs;
    }
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
    const hasTime = spentMs === undefined || spentMs < SLICE_MS;
    if (hasTime && waiting.length === 0 && pending < maxPending) return decideNow(...applicant);
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
