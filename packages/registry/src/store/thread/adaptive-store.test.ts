import { DatabaseSync } from "node:sqlite";
import { setImmediate as turn } from "node:timers/promises";
import type { Hostname } from "@portolan/model";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../testing/mesh-folder.ts";
import { openInThread } from "../../testing/store-thread.ts";
import { openDatabase } from "../open.ts";
import { openStore } from "../sqlite.ts";
import type { StoreChange } from "../store.ts";
import { openAdaptiveStore } from "./adaptive-store.ts";
import { startWriter, type Writer } from "./writer.ts";

const host = (at: number) => `host-${at}.example` as Hostname;

function vips(revision: number, ...places: readonly number[]): StoreChange {
  const rows = new Map(places.map((at) => [host(at), at]));
  return { revision, manifests: new Map(), vips: rows, tombstones: new Map() };
}

function placesIn(directory: string): number[] {
  const store = openStore(directory);
  const places = [...store.load().vips.values()].sort((a, b) => a - b);
  store.close();
  return places;
}

/** A row of `slow.example` takes a while, wherever it is written. */
function slowDown(directory: string, rounds: number): void {
  const { database, release } = openDatabase(directory);
  database.exec(`CREATE TRIGGER slow BEFORE INSERT ON vips WHEN NEW.hostname = 'slow.example' BEGIN
    INSERT INTO tombstones WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ${rounds}) SELECT 'slow', max(x), 0 FROM n; END`);
  release();
}

const slow: StoreChange = { ...vips(1), vips: new Map([["slow.example" as Hostname, 99]]) };

test.each([
  { name: "many short ones", mostMs: 10, leastCommits: 10, startsAt: 10 },
  { name: "few long ones", mostMs: 5, leastCommits: 100, startsAt: 50 },
  { name: "short ones in time", mostMs: 2_000, leastCommits: 1, startsAt: undefined },
])("commits are made here until they hold up this thread, and then in another: $name", async (rule) => {
  using folder = temporaryFolder();
  const { mostMs, leastCommits, startsAt } = rule;
  let clockMs = 0;
  let startedAt: number | undefined;
  let revision = 0;
  const store = openAdaptiveStore(folder.path, {
    mostMs,
    leastCommits,
    // Each commit is looked at before and after: it takes 1 ms.
    now: () => clockMs++,
    start: (directory, ended) => {
      startedAt = revision;
      return startWriter(directory, ended);
    },
  });
  for (revision = 1; revision <= 50; revision++) expect(store.commit(vips(revision, revision))).toBeUndefined();
  expect(startedAt).toBe(startsAt);
  let written: Promise<void> | undefined;
  for (; startsAt !== undefined && written === undefined; revision++) {
    await turn();
    written = store.commit(vips(revision, revision));
  }
  await written;
  await store.close();
  expect(placesIn(folder.path)).toHaveLength(revision - 1);
});

test("a commit that takes its time does not hold up this thread, where it has one of its own", async () => {
  using folder = temporaryFolder();
  slowDown(folder.path, 300_000);
  const store = await openInThread(folder.path);
  let done = false;
  const written = Promise.resolve(store.commit(slow)).then(() => {
    done = true;
  });
  let turns = 0;
  for (; !done; turns++) await turn();
  await written;
  expect(turns).toBeGreaterThan(100);
  await store.close();
});

test("commits are done in their order, and close waits for them", async () => {
  using folder = temporaryFolder();
  slowDown(folder.path, 100_000);
  const store = await openInThread(folder.path);
  const done: number[] = [];
  const written = [slow, vips(2, 2), vips(3, 3)].map((change) =>
    Promise.resolve(store.commit(change)).then(() => done.push(change.revision)),
  );
  await store.close();
  expect(done).toEqual([1, 2, 3]);
  await Promise.all(written);
  expect(placesIn(folder.path)).toEqual([2, 3, 99]);
});

test("a thread that ends: what it was asked is refused, the next commits are made here", async () => {
  using folder = temporaryFolder();
  slowDown(folder.path, 3_000_000);
  const writers: Writer[] = [];
  const store = await openInThread(folder.path, {
    start: (directory, ended) => {
      const writer = startWriter(directory, ended);
      writers.push(writer);
      return writer;
    },
  });
  await store.commit(vips(1, 1));
  const waiting = [slow, vips(2, 2)].map((change) => store.commit(change));
  void writers[0]?.end();
  for (const one of await Promise.allSettled(waiting)) {
    expect(one).toMatchObject({ status: "rejected", reason: { code: "store-failed" } });
  }
  expect(store.commit(vips(2, 3)), "at once").toBeUndefined();
  expect(writers, "not started again at once").toHaveLength(1);
  await store.close();
  expect(placesIn(folder.path)).toEqual([1, 3]);
});

test("a thread that cannot be started changes nothing", async () => {
  using folder = temporaryFolder();
  const tried = Promise.withResolvers<void>();
  const store = openAdaptiveStore(folder.path, {
    mostMs: 0,
    leastCommits: 1,
    start: (directory, ended) => {
      const writer = startWriter(directory, ended);
      const end = Promise.resolve(writer.end()).then(() => tried.resolve());
      return { ...writer, end: () => end };
    },
  });
  expect(store.commit(vips(1, 1))).toBeUndefined();
  await tried.promise;
  expect(store.commit(vips(2, 2))).toBeUndefined();
  await store.close();
  expect(placesIn(folder.path)).toEqual([1, 2]);
});

test("data that somebody else wrote to in between are not written to", async () => {
  using folder = temporaryFolder();
  const store = openAdaptiveStore(folder.path, {
    mostMs: 0,
    leastCommits: 1,
    start: (directory, ended) => {
      const writer = startWriter(directory, ended);
      return {
        ...writer,
        ask(message) {
          // This process's lock is gone for a moment, before the thread has it.
          if (message.kind === "open") {
            const database = new DatabaseSync(`${directory}/portolan.db`);
            database.exec("UPDATE revision SET value = 77");
            database.close();
          }
          return writer.ask(message);
        },
      };
    },
  });
  let written = store.commit(vips(1, 1));
  for (let revision = 2; written === undefined; revision++) {
    await turn();
    written = store.commit(vips(revision, revision));
  }
  await expect(written).rejects.toMatchObject({ code: "store-failed" });
  await store.close();
});
