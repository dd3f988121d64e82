import { type ForwardQuestion, questionHash, sameKey } from "./forward-question.ts";

/** What `FlightTable` keeps: `next` is the table's. */
export interface Listed<Entry> {
  readonly question: ForwardQuestion;
  next: Entry | undefined;
}

/**
 * Questions under way, by what is asked. No Map: one that is filled and emptied all the time leaves tables behind that lead to
 * the newer ones, and where one of these has grown old, the garbage collector keeps everything since.
 */
export interface FlightTable<Entry extends Listed<Entry>> extends Iterable<Entry> {
  readonly size: number;
  find(question: ForwardQuestion): Entry | undefined;
  /** Its question must not be there yet. */
  add(entry: Entry): void;
  delete(entry: Entry): void;
}

/** A power of two. */
const BUCKETS = 1024;

export function createFlightTable<Entry extends Listed<Entry>>(): FlightTable<Entry> {
  const buckets: (Entry | undefined)[] = new Array(BUCKETS).fill(undefined);
  let size = 0;
  return {
    get size() {
      return size;
    },
    find(question) {
      let entry = buckets[questionHash(question) & (BUCKETS - 1)];
      while (entry !== undefined && !sameKey(entry.question, question)) entry = entry.next;
      return entry;
    },
    add(entry) {
      const at = questionHash(entry.question) & (BUCKETS - 1);
      entry.next = buckets[at];
      buckets[at] = entry;
      size++;
    },
    delete(entry) {
      const at = questionHash(entry.question) & (BUCKETS - 1);
      let before: Entry | undefined;
      for (let one = buckets[at]; one !== undefined && one !== entry; one = one.next) before = one;
      if (before === undefined) buckets[at] = entry.next;
      else before.next = entry.next;
      entry.next = undefined;
      size--;
    },
    *[Symbol.iterator]() {
      for (const first of buckets) {
        for (let entry = first, next = entry?.next; entry !== undefined; entry = next, next = entry?.next) yield entry;
      }
    },
  };
}
