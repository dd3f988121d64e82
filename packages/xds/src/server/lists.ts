/** What clients list: things that stand one behind the other in a message. */
export interface Lists<List> {
  /** `spans`: where each starts and ends, by turns. Gives the same object for the same bytes, while it remembers them. */
  read(bytes: Buffer, spans: readonly number[]): List;
}

export interface RequestLists {
  readonly names: Lists<readonly string[]>;
  /** Of a client that was connected before: what it has, by name. */
  readonly versions: Lists<ReadonlyMap<string, string>>;
}

const KEPT = 16;
const MIN_LENGTH = 8;
const MAX_BYTES = 256 * 1024;

interface Kept<List> {
  /** The bytes from the first to the end of the last one. */
  readonly region: Buffer;
  /** Relative to it. */
  readonly spans: readonly number[];
  readonly list: List;
}

/**
 * Clients of one kind subscribe to the same names, and in SotW repeat them with each acknowledgement: a list is decoded
 * once, and shared by the streams that sent it.
 */
export function createLists<List>(decode: Lists<List>["read"]): Lists<List> {
  const kept: Kept<List>[] = [];
  return {
    read(bytes, spans) {
      const [start = 0] = spans;
      const region = bytes.subarray(start, spans.at(-1));
      if (spans.length < 2 * MIN_LENGTH || region.length > MAX_BYTES) return decode(bytes, spans);
      const at = kept.findIndex((known) => isSame(known, region, spans, start));
      const found = kept[at] ?? {
        region: Buffer.from(region),
        spans: spans.map((offset) => offset - start),
        list: decode(bytes, spans),
      };
      if (at !== 0) {
        // Those that were used last stand first.
        if (at > 0) kept.splice(at, 1);
        kept.unshift(found);
        kept.length = Math.min(kept.length, KEPT);
      }
      return found.list;
    },
  };
}

/** The same bytes alone are not enough: one can hold what looks like the head of the next one. */
function isSame(known: Kept<unknown>, region: Buffer, spans: readonly number[], start: number): boolean {
  return (
    known.spans.length === spans.length &&
    known.region.equals(region) &&
    known.spans.every((offset, at) => offset === (spans[at] ?? 0) - start)
  );
}
