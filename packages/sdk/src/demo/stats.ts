/** Reads the text of Envoy's `/stats`: `name: value` a line; histograms and texts are left out. */
export function parseStats(text: string): ReadonlyMap<string, number> {
  const stats = new Map<string, number>();
  for (const line of text.split("\n")) {
    const at = line.lastIndexOf(": ");
    const value = Number(line.slice(at + 2));
    if (at > 0 && line.length > at + 2 && Number.isFinite(value)) stats.set(line.slice(0, at), value);
  }
  return stats;
}
