import { cpSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Hostname, Namespace, ObjectKey } from "@portolan/model";
import { describe, expect, test } from "vitest";
import type { StoredManifest } from "../source.ts";
import { temporaryFolder } from "../testing/mesh-folder.ts";
import { openInThread } from "../testing/store-thread.ts";
import { verifyData } from "./data.ts";
import { openDatabase } from "./open.ts";
import { openStore } from "./sqlite.ts";
import type { Store, StoreChange, StoredState } from "./store.ts";

const key = "ServiceEntry/shop/reviews" as ObjectKey;
const host = "reviews.example" as Hostname;
const other = "ratings.example" as Hostname;

const manifest = (text: string): StoredManifest => ({
  key,
  source: "api",
  text,
  namespace: "shop" as Namespace,
  file: "request.yaml",
  line: 3,
});

function change(revision: number, rest: Partial<StoreChange> = {}): StoreChange {
  return { revision, manifests: new Map(), vips: new Map(), tombstones: new Map(), ...rest };
}

const codeOf = async (action: () => unknown): Promise<unknown> => {
  try {
    await action();
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
  return "nothing went wrong";
};

function stored(directory: string): StoredState {
  const store = openStore(directory);
  const state = store.load();
  store.close();
  return state;
}

const implementations: readonly (readonly [string, (directory: string) => Promise<Store>])[] = [
  ["in this thread", async (directory) => openStore(directory)],
  ["in a thread of its own", (directory) => openInThread(directory)],
];

describe.each(implementations)("a store %s", (_, open) => {
  test("what was committed is there after it was closed and opened again", async () => {
    using folder = temporaryFolder();
    const store = await open(folder.path);
    const text = "héllo: \u{1F5FA}\n# 'quoted' \"text\"\n";
    await store.commit(change(1, { manifests: new Map([[key, manifest(text)]]), vips: new Map([[host, 7]]) }));
    const tombstone = { hostname: host, index: 7, revision: 2 };
    const moved = new Map([
      [host, undefined],
      [other, 8],
    ]);
    await store.commit(change(2, { vips: moved, tombstones: new Map([[host, tombstone]]) }));
    await store.close();
    const vips = new Map([[other, 8]]);
    expect(stored(folder.path)).toEqual({ revision: 2, manifests: [manifest(text)], vips, tombstones: [tombstone] });
    const again = await open(folder.path);
    await again.commit(change(3, { manifests: new Map([[key, undefined]]), tombstones: new Map([[host, undefined]]) }));
    await again.close();
    expect(stored(folder.path)).toEqual({ revision: 3, manifests: [], vips, tombstones: [] });
  });

  test("a commit that fails leaves everything as it was, and the next one succeeds", async () => {
    using folder = temporaryFolder();
    const store = await open(folder.path);
    await store.commit(change(1, { vips: new Map([[host, 7]]) }));
    const clash = change(2, { manifests: new Map([[key, manifest("x")]]), vips: new Map([[other, 7]]) });
    expect(await codeOf(() => store.commit(clash))).toBe("store-failed");
    await store.commit(change(2, { vips: new Map([[other, 8]]) }));
    await store.close();
    const vips = new Map([
      [other, 8],
      [host, 7],
    ]);
    expect(stored(folder.path)).toEqual({ revision: 2, manifests: [], vips, tombstones: [] });
  });

  test("a full disk refuses the commit with its reason; what is smaller goes on", async () => {
    using folder = temporaryFolder();
    const { database, release } = openDatabase(folder.path);
    database.exec(`CREATE TRIGGER full BEFORE INSERT ON manifests WHEN length(NEW.text) > 1000
      BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END`);
    release();
    const store = await open(folder.path);
    const big = change(1, { manifests: new Map([[key, manifest("x".repeat(2000))]]), vips: new Map([[host, 7]]) });
    await expect((async () => store.commit(big))()).rejects.toMatchObject({
      code: "store-failed",
      message: `cannot write to ${folder.path}: database or disk is full`,
    });
    await store.commit(change(1, { manifests: new Map([[key, manifest("small")]]) }));
    await store.close();
    expect(stored(folder.path)).toMatchObject({ revision: 1, manifests: [{ text: "small" }], vips: new Map() });
  });

  test("two names change places in one commit", async () => {
    using folder = temporaryFolder();
    const store = await open(folder.path);
    const places = (a: number, b: number) =>
      new Map([
        [host, a],
        [other, b],
      ]);
    await store.commit(change(1, { vips: places(1, 2) }));
    await store.commit(change(2, { vips: places(2, 1) }));
    await store.close();
    expect(stored(folder.path).vips).toEqual(places(2, 1));
  });

  test("it is nobody else's until it is closed, and is copied whole meanwhile", async () => {
    using folder = temporaryFolder();
    const store = await open(folder.path);
    await store.commit(change(1, { manifests: new Map([[key, manifest("a")]]) }));
    expect(await codeOf(() => openStore(folder.path))).toBe("data-in-use");
    const bytes = (await store.copy()) ?? new Uint8Array();
    expect(verifyData(bytes, "the copy")).toMatchObject({ revision: 1, manifests: 1 });
    await store.close();
    openStore(folder.path).close();
  });

  test("what is answered is on the disk: another process would find it, as a crash leaves it", async () => {
    using folder = temporaryFolder();
    using crashed = temporaryFolder();
    const store = await open(folder.path);
    for (let revision = 1; revision <= 20; revision++) {
      await store.commit(change(revision, { manifests: new Map([[key, manifest(`${revision}`)]]) }));
    }
    cpSync(folder.path, crashed.path, { recursive: true });
    const database = new DatabaseSync(`${crashed.path}/portolan.db`);
    expect(database.prepare("SELECT text FROM manifests").get()).toEqual({ text: "20" });
    database.close();
    await store.close();
  });
});
