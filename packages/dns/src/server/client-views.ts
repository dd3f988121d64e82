import type { ViewNews } from "./worker-messages.ts";
import type { Zones } from "./zone-source.ts";

/** Which zone answers each client that the workers asked about, kept up to date, so that they need not ask again after every publication. */
export interface ClientViews {
  numberFor(address: string): number | undefined;
  /** What the workers must hear of a publication; undefined where they know all. */
  published(): ViewNews | undefined;
}

/** Clients that are followed; with more, all are asked about anew. Each costs some microseconds at every publication. */
const MAX_CLIENTS = 2_048;

export function createClientViews(zones: Pick<Zones, "numberFor" | "knownNumber">): ClientViews {
  const numbers = new Map<string, number | undefined>();
  let overflown = false;
  return {
    numberFor(address) {
      const number = zones.numberFor(address);
      if (numbers.size >= MAX_CLIENTS) {
        numbers.clear();
        overflown = true;
      }
      numbers.set(address, number);
      return number;
    },
    published() {
      if (overflown) {
        overflown = false;
        numbers.clear();
        return { changed: [], forgotten: "all" };
      }
      const changed: [string, number][] = [];
      const forgotten: string[] = [];
      for (const [address, before] of numbers) {
        const number = zones.knownNumber(address);
        if (number === before && number !== undefined) continue;
        if (number === undefined) {
          forgotten.push(address);
          numbers.delete(address);
        } else {
          changed.push([address, number]);
          numbers.set(address, number);
        }
      }
      return changed.length + forgotten.length === 0 ? undefined : { changed, forgotten };
    },
  };
}
