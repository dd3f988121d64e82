import type { Histogram } from "./histogram.ts";

/**
 * Follows changes on their way to every stream. Changes of one subject (a service, say) come in their order: who has seen a
 * later one needs no earlier one, so that merged changes are counted as well.
 */
export interface Propagation {
  /** A change is on its way; gives its number. Without a moment it counts from when it is `accepted`. */
  begin(subject: number, atMs?: number): number;
  /** From when a change counts. Who had it before had it in no time. */
  accepted(change: number, atMs: number): void;
  /** A stream has that change, and with it all earlier ones of the same subject. */
  seen(stream: number, change: number, atMs: number): void;
  /** A stream has the newest change of every subject that was begun before. */
  seenAll(stream: number, atMs: number): void;
  /** Resolves with true when every stream has that change, with false after the time. */
  everywhere(change: number, timeoutMs: number, signal?: AbortSignal): Promise<boolean>;
  /** How many of begun changes did not reach how many streams: the sum over the streams. */
  missing(): number;
  readonly begun: number;
  readonly streams: number;
}

interface Subject {
  readonly changes: number[];
  /** By stream: how many of the changes it has. */
  readonly seen: Int32Array;
}

export function createPropagation(streams: number, latencies: Histogram): Propagation {
  const subjects = new Map<number, Subject>();
  const subjectOf: number[] = [];
  const placeOf: number[] = [];
  const begunMs: (number | undefined)[] = [];
  const early = new Map<number, number>();
  const reached: number[] = [];
  const waiting = new Map<number, () => void>();

  function catchUp(subject: Subject, stream: number, until: number, atMs: number): void {
    for (let place = subject.seen[stream] ?? 0; place < until; place++) {
      const change = subject.changes[place] ?? 0;
      const sinceMs = begunMs[change];
      if (sinceMs === undefined) early.set(change, (early.get(change) ?? 0) + 1);
      else latencies.record(atMs - sinceMs);
      const count = (reached[change] ?? 0) + 1;
      reached[change] = count;
      if (count === streams) waiting.get(change)?.();
    }
    if ((subject.seen[stream] ?? 0) < until) subject.seen[stream] = until;
  }

  return {
    streams,
    get begun() {
      return begunMs.length;
    },
    begin(id, atMs) {
      const change = begunMs.length;
      let subject = subjects.get(id);
      if (subject === undefined) {
        subject = { changes: [], seen: new Int32Array(streams) };
        subjects.set(id, subject);
      }
      subjectOf.push(id);
      placeOf.push(subject.changes.length);
      begunMs.push(atMs);
      reached.push(0);
      subject.changes.push(change);
      return change;
    },
    accepted(change, atMs) {
      begunMs[change] = atMs;
      latencies.record(0, early.get(change) ?? 0);
      early.delete(change);
    },
    seen(stream, change, atMs) {
      const subject = subjects.get(subjectOf[change] ?? Number.NaN);
      if (subject !== undefined) catchUp(subject, stream, (placeOf[change] ?? 0) + 1, atMs);
    },
    seenAll(stream, atMs) {
      for (const subject of subjects.values()) catchUp(subject, stream, subject.changes.length, atMs);
    },
    everywhere(change, timeoutMs, signal) {
      if (reached[change] === streams) return Promise.resolve(true);
      if (signal?.aborted === true) return Promise.resolve(false);
      return new Promise((resolve) => {
        const end = () => done(false);
        const done = (all: boolean) => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", end);
          waiting.delete(change);
          resolve(all);
        };
        signal?.addEventListener("abort", end);
        const timer = setTimeout(() => done(false), timeoutMs);
        waiting.set(change, () => done(true));
      });
    },
    missing: () => reached.reduce((sum, count) => sum + streams - count, 0),
  };
}
