import { applyBatch, defaultMeshSettings, emptySnapshot, type MeshObject, type MeshSnapshot } from "@portolan/model";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { upserts } from "../testing/claims.ts";
import { serviceEntry } from "../testing/mesh-folder.ts";
import { entryKey, entryNames } from "../testing/running.ts";
import { type DebounceOptions, debounceFeed } from "./debounced-feed.ts";
import { createPublication } from "./publication.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function followed(options: DebounceOptions = {}) {
  const publication = createPublication();
  const source = {
    snapshot: emptySnapshot(defaultMeshSettings()) as MeshSnapshot,
    onPublish: publication.onPublish,
  };
  const feed = debounceFeed(source, options);
  const seen: string[] = [];
  feed.onPublish((snapshot, change) => {
    expect(feed.snapshot).toBe(snapshot);
    seen.push(`${change.from}-${change.to} ${[...change.objects].sort().length} ${entryNames(snapshot).join()}`);
  });
  const write = (name: string) => {
    const [event] = upserts(serviceEntry(name));
    const object = (event as { object: MeshObject }).object;
    const revision = source.snapshot.revision + 1;
    const { snapshot, change } = applyBatch(source.snapshot, {
      revision,
      upserted: [object],
      removed: [],
      vips: new Map(),
    });
    source.snapshot = snapshot;
    publication.publish(snapshot, change);
  };
  return { feed, seen, write };
}

test("the first publication passes at once, those behind it merge into one that says all that changed", () => {
  const { feed, seen, write } = followed();
  write("a");
  expect(seen).toEqual(["0-1 1 a"]);
  write("b");
  write("c");
  expect(feed.snapshot.objects.has(entryKey("b"))).toBe(false);
  vi.advanceTimersByTime(10);
  expect(seen).toEqual(["0-1 1 a", "1-3 2 a,b,c"]);
  feed[Symbol.dispose]();
});

test("F-05 a storm of publications passes about ten times a second, the last state included", () => {
  const { feed, seen, write } = followed();
  for (let at = 0; at < 200; at++) {
    write(`s${at % 7}-${at}`);
    vi.advanceTimersByTime(5);
  }
  vi.advanceTimersByTime(100);
  expect(seen.length).toBeGreaterThanOrEqual(10);
  expect(seen.length).toBeLessThanOrEqual(14);
  expect(feed.snapshot.revision).toBe(200);
  feed[Symbol.dispose]();
});

test("who is new waits for the latest, and those who follow are told no more often for it", async () => {
  const { feed, seen, write } = followed();
  expect(feed.caughtUp()).toBeUndefined();
  write("a");
  expect(feed.caughtUp(), "it has passed").toBeUndefined();
  write("b");
  const caughtUp = feed.caughtUp();
  expect(seen.length).toBe(1);
  vi.advanceTimersByTime(10);
  await caughtUp;
  expect(seen).toEqual(["0-1 1 a", "1-2 1 a,b"]);
  expect(feed.caughtUp()).toBeUndefined();
  write("c");
  const ended = feed.caughtUp();
  feed[Symbol.dispose]();
  await ended;
});

test("who is new does not wait for a window that somebody made long", () => {
  const { feed, seen, write } = followed({ windowMs: 10_000 });
  write("a");
  write("b");
  expect(feed.caughtUp()).toBeUndefined();
  expect(seen).toEqual(["0-1 1 a", "1-2 1 a,b"]);
  feed[Symbol.dispose]();
});

test("nothing passes once it is disposed", () => {
  const { feed, seen, write } = followed();
  write("a");
  write("b");
  feed[Symbol.dispose]();
  write("c");
  vi.advanceTimersByTime(1000);
  expect(seen).toEqual(["0-1 1 a"]);
});
