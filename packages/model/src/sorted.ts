/** By UTF-16 code units: the same everywhere, unlike a locale's order. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function sortedUnique<Text extends string>(items: Iterable<Text>): readonly Text[] {
  return [...new Set(items)].sort(compareText);
}
