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
  /** Passes on at once what waits: for someone who is new and is to see the latest. */
  catchUp(): void;
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
  let waiting: { readonly snapshot: MeshSnapshot; readonly change: MeshChange } | undefined;
  let timer: NodeJS.Timeout | undefined;

  function pass(waited: boolean): void {
    timer = undefined;
    if (waiting === undefined) return;
    const { snapshot, change } = waiting;
    waiting = undefined;
    pace = take(pace, now(), waited);
    passed = snapshot;
    publication.tell(snapshot, change);
  }

  const unfollow = feed.onPublish((snapshot, change) => {
    waiting = { snapshot, change: waiting === undefined ? change : mergeChanges(waiting.change, change) };
    const waitMs = nextAtMs(pace) - now();
    if (timer === undefined && waitMs <= 0) pass(false);
    else timer ??= setTimeout(() => pass(true), waitMs);
  });
  return {
    get snapshot() {
      return passed;
    },
    onPublish: publication.onPublish,
    catchUp() {
      if (waiting === undefined) return;
      clearTimeout(timer);
      pass(true);
    },
    [Symbol.dispose]() {
      unfollow();
      clearTimeout(timer);
    },
  };
}
