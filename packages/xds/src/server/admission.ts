import type { Assign, Assignment } from "./assign.ts";
import type { XdsNode } from "./node.ts";
import type { Peer } from "./peer.ts";

export interface AdmissionOptions {
  /** Assignments that are being decided at one time. */
  readonly maxPending: number;
  readonly now: () => number;
}

/** As long may deciding hold up everything else, before what is under way is served again. */
const SLICE_MS = 10;

/**
 * Lets streams in one after the other, in the order in which they came, a few at a time: that a thousand clients reconnect
 * at once costs those that are connected nothing (istio#35046). Deciding may be synchronous and costly.
 */
export function admitInTurn(
  assign: Assign,
  { maxPending, now }: AdmissionOptions,
): (peer: Peer, node: XdsNode) => Promise<Assignment> {
  const waiting: (() => void)[] = [];
  let pending = 0;
  let scheduled = false;

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

  return (peer, node) =>
    new Promise<Assignment>((resolve, reject) => {
      waiting.push(() => {
        pending++;
        const over = () => {
          pending--;
          schedule();
        };
        let decided: ReturnType<Assign>;
        try {
          decided = assign(peer, node);
        } catch (cause) {
          over();
          reject(cause);
          return;
        }
        // What needs no waiting is over at once: it must not take the place of another.
        if (!(decided instanceof Promise)) {
          over();
          resolve(decided);
          return;
        }
        decided.then(resolve, reject).finally(over);
      });
      schedule();
    });
}
