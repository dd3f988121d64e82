import { defaultMeshSettings, emptySnapshot } from "@portolan/model";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RegistryError } from "../errors.ts";
import { restoredState } from "../revision/state.ts";
import { createMemoryStore, type StoreChange } from "../store/store.ts";
import { upserts } from "../testing/claims.ts";
import { serviceEntry } from "../testing/mesh-folder.ts";
import { entryNames } from "../testing/running.ts";
import { createPublication } from "./publication.ts";
import { createTurnover } from "./turnover.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A turnover on a clock that stands still, with a store that fails as long as it is told to. */
function turnover(begin = true) {
  const commits: StoreChange[] = [];
  // What the disk takes passes without any timer being called.
  const clock = { lateMs: 0, lookMs: 0 };
  const disk = { full: false, commitMs: 0 };
  const publication = createPublication();
  const store = {
    ...createMemoryStore(),
    commit(change: StoreChange) {
      if (disk.full) throw new RegistryError("store-failed", "the disk is full");
      commits.push(change);
      clock.lateMs += disk.commitMs;
      return undefined;
    },
  };
  const state = restoredState(store.load(), emptySnapshot(defaultMeshSettings()), 0);
  const options = { sources: [] };
  const nowMs = () => {
    clock.lateMs += clock.lookMs;
    return performance.now() + clock.lateMs;
  };
  const running = createTurnover({ options, nowMs, store, publication, sources: [], state });
  const published: string[] = [];
  publication.onPublish((snapshot) => {
    expect(commits.at(-1)?.revision, "durable before it is published").toBe(snapshot.revision);
    published.push(`${snapshot.revision} ${entryNames(snapshot).join()}`);
  });
  if (begin) void running.begin([]);
  return { running, published, disk, clock, commits };
}

test("the first change is published at once, those behind it together after the window", async () => {
  const { running, published } = turnover();
  running.add("files", upserts(serviceEntry("a")));
  expect(published).toEqual(["1 ", "2 a"]);
  running.add("files", upserts(serviceEntry("b")));
  running.add("files", upserts(serviceEntry("c")));
  vi.advanceTimersByTime(9);
  expect(published.length).toBe(2);
  vi.advanceTimersByTime(1);
  expect(published).toEqual(["1 ", "2 a", "3 a,b,c"]);
  await running.end();
});

test("what cannot be made durable is not published: a write is told, what files say is tried again", async () => {
  const { running, published, disk } = turnover();
  disk.full = true;
  running.add("files", upserts(serviceEntry("a")));
  const write = running.write("api", { settle: upserts(serviceEntry("b"), "request", "api"), problems: [] });
  const outcome = write.catch((error: unknown) => error);
  vi.advanceTimersByTime(500);
  expect(await outcome).toMatchObject({ code: "store-failed" });
  expect(published).toEqual(["1 "]);
  disk.full = false;
  vi.advanceTimersByTime(1000);
  expect(published).toEqual(["1 ", "2 a"]);
  await running.end();
});

test("the end waits for nothing where the disk takes nothing, not even the first revision", async () => {
  const { running, disk, published } = turnover(false);
  disk.full = true;
  expect(() => running.begin([])).toThrow("the disk is full");
  await running.end();
  expect(published).toEqual([]);
});

test("the end leaves nobody without an answer, also where the disk is full and much waits", async () => {
  const { running, disk, clock } = turnover();
  running.add("files", upserts(serviceEntry("first")));
  disk.full = true;
  const told: unknown[] = [];
  for (let at = 0; at < 100; at++) {
    const settle = upserts(serviceEntry(`entry-${at}`), "request", "api");
    void running.write("api", { settle, problems: [] }).catch((error: unknown) => told.push(error));
  }
  // Not all of it is applied at a time.
  clock.lookMs = 10;
  await running.end();
  await Promise.resolve();
  expect(told).toHaveLength(100);
});

test("a settle that trips the model is left out; the others of its batch are applied", async () => {
  const { running, published } = turnover();
  running.add("files", upserts(serviceEntry("a")));
  running.add("files", [{ kind: "upserted" } as never]);
  const write = running.write("api", { settle: upserts(serviceEntry("b"), "request", "api"), problems: [] });
  vi.advanceTimersByTime(10);
  expect(await write).toMatchObject({ revision: 3 });
  expect(published).toEqual(["1 ", "2 a", "3 a,b"]);
  await running.end();
});

test("writes that wait together are one transaction, also where each is held against those before it", async () => {
  const { running, published, commits } = turnover();
  const before = commits.length;
  // Given addresses decide what is right for the next write: the last one gives the address of the first.
  const address = (at: number) => `10.9.0.${at === 100 ? 1 : at + 1}`;
  const writes = Array.from({ length: 101 }, (_, at) => {
    const text = serviceEntry(`s${at}`, { host: `s${at}.example`, address: address(at) });
    return running.write("api", { settle: upserts(text, "request", "api"), problems: [] });
  });
  const outcomes = Promise.allSettled(writes);
  vi.advanceTimersByTime(100);
  const answered = await outcomes;
  expect(answered.filter(({ status }) => status === "fulfilled").length).toBe(100);
  expect(answered[100]).toMatchObject({ status: "rejected", reason: { code: "bad-objects" } });
  expect(commits.length - before, "one for the first, one for all behind it").toBe(2);
  expect(published.length, "and as many publications").toBe(3);
  await running.end();
});

test("a disk that takes as long as the window is not written to for each change alone", async () => {
  const { running, commits, disk } = turnover();
  disk.commitMs = 15;
  const before = commits.length;
  for (let at = 0; at < 100; at++) {
    running.add("files", upserts(serviceEntry(`s${at}`)));
    vi.advanceTimersByTime(1);
  }
  vi.advanceTimersByTime(100);
  expect(commits.length - before).toBeLessThanOrEqual(12);
  await running.end();
});

test("what takes long to apply is published in slices, with turns for others in between; nobody is left out", async () => {
  const { running, published, clock } = turnover();
  running.add("files", upserts(serviceEntry("first")));
  clock.lookMs = 5;
  const answered: number[] = [];
  const writes = Array.from({ length: 100 }, async (_, at) => {
    await running.write("api", { settle: upserts(serviceEntry(`s${at}`), "request", "api"), problems: [] });
    answered.push(at);
  });
  const before = published.length;
  let turns = 0;
  for (; answered.length < 100; turns++) await vi.advanceTimersByTimeAsync(1);
  await Promise.all(writes);
  expect(answered).toEqual([...answered].sort((a, b) => a - b));
  expect(published.length - before, "slices of 32").toBeGreaterThanOrEqual(4);
  expect(published.at(-1)?.split(",")).toHaveLength(101);
  expect(turns).toBeGreaterThanOrEqual(3);
  await running.end();
});

test("at the end nothing that waits is left out, however long it takes", async () => {
  const { running, published, clock } = turnover();
  running.add("files", upserts(serviceEntry("first")));
  clock.lookMs = 5;
  for (let at = 0; at < 100; at++) running.add("files", upserts(serviceEntry(`s${at}`)));
  await running.end();
  expect(published.at(-1)?.split(",")).toHaveLength(101);
});
