/** Things that leave together. */
export interface Burst<Item> {
  add(item: Item): void;
  /** At once, what was added. */
  leave(): void;
}

/**
 * Sends what a turn of the event loop gave to send at its end, one after the other. Who receives it is then woken once and not by
 * each message, which costs the sender a tenth of its time and more; what comes alone leaves in the same turn. `send` must not throw.
 */
export function createBurst<Item>(send: (item: Item) => void): Burst<Item> {
  let items: Item[] = [];

  function leave(): void {
    const leaving = items;
    items = [];
    for (const item of leaving) send(item);
  }

  return {
    add(item) {
      if (items.length === 0) setImmediate(leave);
      items.push(item);
    },
    leave,
  };
}
