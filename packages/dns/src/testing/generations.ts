/** Every generation of the mesh has its own addresses and port, so that an answer says which it comes from. */
export const ADDRESSES = 8;

export type Entry = keyof typeof HOSTS;

/** Entries may not share an address. */
const FIRST_BYTE = { few: 10, many: 11 };

export function addressesOf(entry: Entry, generation: number): readonly string[] {
  const first = FIRST_BYTE[entry];
  return Array.from({ length: ADDRESSES }, (_, i) => `${first}.${generation >> 8}.${generation & 255}.${i + 1}`);
}

export function portOf(generation: number): number {
  return 1_000 + generation;
}

export function generationOfAddress(address: string): number {
  const [, high, low] = address.split(".").map(Number);
  return (high! << 8) | low!;
}

/** So few that they are compiled at once, and so many that they are compiled in slices. */
export const HOSTS = {
  few: ["one.shop.global", "two.shop.global", "three.shop.global"],
  many: Array.from({ length: 320 }, (_, i) => `h${i}.many.global`),
};
