/** Numbers that follow from a seed alone (mulberry32). */
export interface Seeded {
  /** A whole number from 0 up to, not including, `below`. */
  below(below: number): number;
  bytes(length: number): Uint8Array;
  pick<Item>(items: readonly Item[]): Item;
}

export function createSeeded(seed: number): Seeded {
  let state = seed >>> 0;
  const below = (limit: number) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor(((mixed ^ (mixed >>> 14)) >>> 0) * (limit / 2 ** 32));
  };
  return {
    below,
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
    pick: (items) => items[below(items.length)]!,
  };
}
