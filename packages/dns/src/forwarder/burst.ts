/** Things that leave together. */
export interface Burst<Item> {
  /** `nowMs`: by a clock that never goes back. What comes alone leaves at once. */
  add(item: Item, nowMs: number): void;
  /** At once, what was added. */
  leave(): void;
}

/** What comes so long after the one before it shares no turn with it: to wait for the end of the turn would only cost. */
const ALONE_MS = 0.1;

/**
 * Sends what a turn of the event loop gave to send at its end, one after the other. Who receives it is then woken once and not by
 * each message, which costs the sender a tenth of its time and more. `send` must not throw.
 */
export function createBurst<Item>(send: (item: Item) => void): Burst<Item> {
  let items: Item[] = [];
  let lastMs = Number.NEGATIVE_INFINITY;

  function leave(): void {
    const leaving = items;
    items = [];
    for (const item of leaving) send(item);
  }

  return {
    add(item, nowMs) {
      const alone = items.length === 0 && nowMs - lastMs > ALONE_MS;
      lastMs = nowMs;
      if (alone) {
        send(item);
        return;
      }
      if (items.length === 0) setImmediate(leave);
      items.push(item);
    },
    leave,
  };
}
