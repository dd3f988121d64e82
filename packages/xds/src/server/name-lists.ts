/** A list of names that stand one behind the other in a message. */
export interface NameLists {
  /** `spans`: where each name starts and ends, by turns. Gives the same array for the same bytes, while it remembers them. */
  read(bytes: Buffer, spans: readonly number[]): readonly string[];
}

const KEPT = 16;
const MIN_NAMES = 8;
const MAX_BYTES = 256 * 1024;

interface Kept {
  /** The bytes from the first name to the end of the last one. */
  readonly region: Buffer;
  /** Relative to it. */
  readonly spans: readonly number[];
  readonly names: readonly string[];
}

/**
 * Clients of one kind subscribe to the same names, and in SotW repeat them with each acknowledgement: a list is decoded
 * once, and shared by the streams that sent it.
 */
export function createNameLists(): NameLists {
  const kept: Kept[] = [];
  return {
    read(bytes, spans) {
      const [start = 0] = spans;
      const region = bytes.subarray(start, spans.at(-1));
      if (spans.length < 2 * MIN_NAMES || region.length > MAX_BYTES) return decode(bytes, spans);
      const at = kept.findIndex((known) => isSame(known, region, spans, start));
      const found = kept[at] ?? {
        region: Buffer.from(region),
        spans: spans.map((offset) => offset - start),
        names: decode(bytes, spans),
      };
      if (at !== 0) {
        // Those that were used last stand first.
        if (at > 0) kept.splice(at, 1);
        kept.unshift(found);
        kept.length = Math.min(kept.length, KEPT);
      }
      return found.names;
    },
  };
}

/** The same bytes alone are not enough: a name can hold what looks like the head of the next one. */
function isSame(known: Kept, region: Buffer, spans: readonly number[], start: number): boolean {
  return (
    known.spans.length === spans.length &&
    known.region.equals(region) &&
    known.spans.every((offset, at) => offset === (spans[at] ?? 0) - start)
  );
}

function decode(bytes: Buffer, spans: readonly number[]): readonly string[] {
  const names: string[] = [];
  for (let at = 0; at < spans.length; at += 2) names.push(bytes.toString("utf8", spans[at], spans[at + 1]));
  return names;
}
