import { defaultMeshSettings, emptySnapshot, type Hostname } from "@portolan/model";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RegistryError } from "../errors.ts";
import { restoredState } from "../revision/state.ts";
import { createMemoryStore, type StoreChange } from "../store/store.ts";
import { upserts } from "../testing/claims.ts";
import { serviceEntry } from "../testing/mesh-folder.ts";
import { entryKey, entryNames } from "../testing/running.ts";
import { createPublication } from "./publication.ts";
import { createTurnover } from "./turnover.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Asked {
  readonly change: StoreChange;
  done(): Promise<void>;
  fail(): Promise<void>;
}

/** A turnover on a clock that stands still, with a store that answers when it is told to. */
function turnover() {
  const asked: Asked[] = [];
  const publication = createPublication();
  const commit = (change: StoreChange) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const answer = async (settle: () => void) => {
      settle();
      await Promise.allSettled([promise]);
      await vi.advanceTimersByTimeAsync(0);
    };
    const failure = new RegistryError("store-failed", "the thread ended");
    asked.push({ change, done: () => answer(resolve), fail: () => answer(() => reject(failure)) });
    return promise;
  };
  const store = { ...createMemoryStore(), commit };
  const state = restoredState(store.load(), emptySnapshot(defaultMeshSettings()), 0);
  const sources = [
    {
      name: "api",
      kind: "writable" as const,
      start: async () => {},
      stop: async () => {},
      decode: () => {
        throw new Error("not called");
      },
    },
  ];
  const running = createTurnover({
    options: { sources: [] },
    nowMs: () => performance.now(),
    store,
    publication,
    sources,
    state,
  });
  const published: string[] = [];
  publication.onPublish((snapshot) => void published.push(`${snapshot.revision} ${entryNames(snapshot).join()}`));
  const write = (name: string) =>
    running.write("api", { settle: upserts(serviceEntry(name), "request", "api"), problems: [] });
  const last = () => asked.at(-1) as Asked;
  return { running, published, asked, last, write };
}

async function begun() {
  const all = turnover();
  const beginning = all.running.begin([]);
  expect(all.published).toEqual([]);
  await all.last().done();
  await beginning;
  await vi.advanceTimersByTimeAsync(100);
  return all;
}

test("nothing is published or answered before it is durable; what comes meanwhile is one transaction behind it", async () => {
  const { running, published, asked, last, write } = await begun();
  let answered = 0;
  const count = () => answered++;
  const first = write("a").then(count);
  const later = ["b", "c", "d"].map((name) => write(name).then(count));
  await vi.advanceTimersByTimeAsync(1_000);
  expect([published, answered, asked.length]).toEqual([["1 "], 0, 2]);
  expect(entryNames(running.state.snapshot), "the last good state serves").toEqual([]);
  await last().done();
  await first;
  expect([published.at(-1), answered]).toEqual(["2 a", 1]);
  await vi.advanceTimersByTimeAsync(100);
  expect([published.at(-1), answered, asked.length]).toEqual(["2 a", 1, 3]);
  await last().done();
  await Promise.all(later);
  expect(published).toEqual(["1 ", "2 a", "3 a,b,c,d"]);
  expect(asked.map(({ change }) => change.revision)).toEqual([1, 2, 3]);
  await running.end();
});

test("a write whose commit failed is refused, and the next commit says how everything is that the failed one touched", async () => {
  const { running, published, asked, last, write } = await begun();
  const kept = write("kept");
  await last().done();
  await kept;
  await vi.advanceTimersByTimeAsync(100);
  const lost = write("lost").catch((error: unknown) => error);
  await last().fail();
  expect(await lost).toMatchObject({ code: "store-failed" });
  expect(published.at(-1)).toBe("2 kept");
  const next = write("next");
  await vi.advanceTimersByTimeAsync(100);
  const { change } = last();
  expect(change.revision).toBe(3);
  expect([...change.manifests].map(([key, row]) => [key, row === undefined ? "gone" : "there"])).toEqual([
    [entryKey("lost"), "gone"],
    [entryKey("next"), "there"],
  ]);
  expect([...change.vips.keys()]).toEqual(["lost.example", "next.example"]);
  expect(change.vips.get("lost.example" as Hostname)).toBeUndefined();
  await last().done();
  await next;
  expect(published.at(-1)).toBe("3 kept,next");
  const after = write("after");
  await vi.advanceTimersByTimeAsync(100);
  expect([...last().change.manifests.keys()], "once is enough").toEqual([entryKey("after")]);
  await last().done();
  await after;
  expect(asked).toHaveLength(5);
  await running.end();
});

test("where nobody writes after a failure, the disk is told a second later what holds, until it takes it", async () => {
  const { running, published, asked, last, write } = await begun();
  const lost = write("lost").catch((error: unknown) => error);
  await last().fail();
  await lost;
  for (let round = 0; round < 3; round++) {
    await vi.advanceTimersByTimeAsync(1_000);
    expect(last().change).toMatchObject({ revision: 1, manifests: new Map([[entryKey("lost"), undefined]]) });
    await (round < 2 ? last().fail() : last().done());
  }
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toHaveLength(5);
  expect(published).toEqual(["1 "]);
  await running.end();
});

test("what files say is not lost where the store fails, and is published once it can be", async () => {
  const { running, published, last } = await begun();
  running.add("files", upserts(serviceEntry("a")));
  await last().fail();
  running.add("files", upserts(serviceEntry("b")));
  await vi.advanceTimersByTimeAsync(1_000);
  await last().done();
  expect(published).toEqual(["1 ", "2 a,b"]);
  await running.end();
});

test("the end waits for what is under way and for what waits behind it", async () => {
  const { running, published, asked, last, write } = await begun();
  const writes = [write("a"), write("b")];
  let ended = false;
  const end = running.end().then(() => {
    ended = true;
  });
  await asked.at(-1)?.done();
  expect(ended).toBe(false);
  await last().done();
  await Promise.all([end, ...writes]);
  expect(published.at(-1)).toBe("3 a,b");
});

test("a write that was refused does not come back after the end, although it may be on the disk", async () => {
  const { running, asked, last, write } = await begun();
  const lost = write("lost").catch((error: unknown) => error);
  await last().fail();
  expect(await lost).toMatchObject({ code: "store-failed" });
  const before = asked.length;
  const end = running.end();
  expect(asked.slice(before).map(({ change }) => [...change.manifests])).toEqual([[[entryKey("lost"), undefined]]]);
  await last().done();
  await end;
});

test("a first revision that cannot be made durable is not begun with", async () => {
  const { running, published, last } = turnover();
  const beginning = Promise.resolve(running.begin([])).catch((error: unknown) => error);
  await last().fail();
  expect(await beginning).toMatchObject({ code: "store-failed" });
  expect(published).toEqual([]);
  await running.end();
});
