import type { SnapshotFeed } from "@portolan/model";

/** So many changed objects within a second are a storm; */
const STORM = 100;
/** of one publication no more than this are counted: a large folder that is loaded at once is none. */
const MOST_OF_ONE = 10;
const WINDOW_MS = 1_000;

/** Calls `act` once, when changes have come in as a storm for the first time. `now`: monotonic milliseconds. */
export function onFirstStorm(feed: Pick<SnapshotFeed, "onPublish">, now: () => number, act: () => void): Disposable {
  let windowMs = Number.NEGATIVE_INFINITY;
  let count = 0;
  const unfollow = feed.onPublish((_snapshot, { objects }) => {
    const nowMs = now();
    if (nowMs - windowMs > WINDOW_MS) {
      windowMs = nowMs;
      count = 0;
    }
    count += Math.min(objects.size, MOST_OF_ONE);
    if (count < STORM) return;
    unfollow();
    act();
  });
  return { [Symbol.dispose]: unfollow };
}
