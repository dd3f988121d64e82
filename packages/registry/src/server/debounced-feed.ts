import { type MeshChange, type MeshSnapshot, mergeChanges, type SnapshotFeed } from "@portolan/model";
import { createPace, nextAtMs, take } from "../batch/pace.ts";
import { createPublication } from "./publication.ts";

export interface DebounceOptions {
  /** How long what is behind the first waits; 10 ms. */
  readonly windowMs?: number;
  /** To what the window grows while publications go on; 100 ms. */
  readonly maxMs?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

/** A feed that follows another one, and what it has not passed on yet. */
export interface DebouncedFeed extends SnapshotFeed, Disposable {
  /**
   * For someone who is new and is to see the latest: undefined where it has passed, else resolves when it has. Those who follow are told no more
   * often for it, unless it were to take longer than 100 ms.
   */
  caughtUp(): Promise<void> | undefined;
}

/**
 * For followers whose work grows with the number of publications, as that of pushes to all streams does: the first passes at once, those
 * behind it merge (see {@link createPace}). Who follows sees a snapshot later, but no other one.
 */
export function debounceFeed(feed: SnapshotFeed, options: DebounceOptions = {}): DebouncedFeed {
  const { windowMs, maxMs, now = () => performance.now() } = options;
  const publication = createPublication();
  let pace = createPace(windowMs, maxMs);
  let passed = feed.snapshot;
  let waiting:
    | { readonly snapshot: MeshSnapshot; readonly change: MeshChange; readonly publications: number }
    | undefined;
  let timer: NodeJS.Timeout | undefined;
  let next: PromiseWithResolvers<void> | undefined;

  function pass(waited: boolean): void {
    timer = undefined;
    if (waiting === undefined) return;
    const { snapshot, change, publications } = waiting;
    waiting = undefined;
    // Writes that waited together are one publication already.
    pace = take(pace, now(), waited ? Math.max(publications, change.objects.size) : 0);
    passed = snapshot;
    publication.tell(snapshot, change);
    next?.resolve();
    next = undefined;
  }

  const unfollow = feed.onPublish((snapshot, change) => {
    waiting =
      waiting === undefined
        ? { snapshot, change, publications: 1 }
        : { snapshot, change: mergeChanges(waiting.change, change), publications: waiting.publications + 1 };
    const waitMs = nextAtMs(pace) - now();
    if (timer === undefined && waitMs <= 0) pass(false);
    else timer ??= setTimeout(() => pass(true), waitMs);
  });
  return {
    get snapshot() {
      return passed;
    },
    onPublish: publication.onPublish,
    caughtUp() {
      if (waiting === undefined) return undefined;
      if (nextAtMs(pace) - now() > MOST_WAITING_MS) {
        clearTimeout(timer);
        pass(true);
        return undefined;
      }
      next ??= Promise.withResolvers();
      return next.promise;
    },
    [Symbol.dispose]() {
      unfollow();
      clearTimeout(timer);
      next?.resolve();
    },
  };
}

const MOST_WAITING_MS = 100;
