/** One thing's deadline, as `Deadlines` gave it. */
export interface Deadline<Thing> {
  readonly thing: Thing;
  readonly dueMs: number;
  previous: Deadline<Thing> | undefined;
  next: Deadline<Thing> | undefined;
  waiting: boolean;
}

/**
 * Deadlines that are all equally far away when they are set: the first one set is the first one due, so one timer serves them all, and
 * one that is met in time, as nearly every one is, costs no timer.
 */
export interface Deadlines<Thing> {
  set(thing: Thing): Deadline<Thing>;
  /** It was met: it is not called. */
  clear(deadline: Deadline<Thing>): void;
  close(): void;
}

/** Timers may fire a little before their time. */
const EARLY_MS = 1;

export function createDeadlines<Thing>(delayMs: number, missed: (thing: Thing) => void): Deadlines<Thing> {
  let first: Deadline<Thing> | undefined;
  let last: Deadline<Thing> | undefined;
  let timer: NodeJS.Timeout | undefined;

  function clear(deadline: Deadline<Thing>): void {
    if (!deadline.waiting) return;
    deadline.waiting = false;
    const { previous, next } = deadline;
    if (previous === undefined) first = next;
    else previous.next = next;
    if (next === undefined) last = previous;
    else next.previous = previous;
    // What is over keeps nothing alive.
    deadline.previous = undefined;
    deadline.next = undefined;
  }

  function ring(): void {
    timer = undefined;
    const nowMs = performance.now();
    while (first !== undefined && first.dueMs <= nowMs + EARLY_MS) {
      const { thing } = first;
      clear(first);
      missed(thing);
    }
    if (first !== undefined) timer ??= setTimeout(ring, first.dueMs - nowMs);
  }

  return {
    set(thing) {
      const deadline: Deadline<Thing> = {
        thing,
        dueMs: performance.now() + delayMs,
        previous: last,
        next: undefined,
        waiting: true,
      };
      if (last === undefined) first = deadline;
      else last.next = deadline;
      last = deadline;
      timer ??= setTimeout(ring, delayMs);
      return deadline;
    },
    clear,
    close() {
      clearTimeout(timer);
      first = undefined;
      last = undefined;
    },
  };
}
