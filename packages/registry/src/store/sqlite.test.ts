import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Hostname, Namespace, ObjectKey } from "@portolan/model";
import { expect, test } from "vitest";
import { RegistryError, type RegistryErrorCode } from "../errors.ts";
import type { StoredManifest } from "../source.ts";
import { temporaryFolder } from "../testing/mesh-folder.ts";
import { openDatabase } from "./open.ts";
import { migrations } from "./schema.ts";
import { openStore } from "./sqlite.ts";
import type { StoreChange } from "./store.ts";

const key = "ServiceEntry/shop/reviews" as ObjectKey;
const host = "reviews.example" as Hostname;

function manifest(text: string): StoredManifest {
  return { key, source: "api", text, namespace: "shop" as Namespace, file: "request.yaml", line: 3 };
}

function change(revision: number, rest: Partial<StoreChange> = {}): StoreChange {
  return { revision, manifests: new Map(), vips: new Map(), tombstones: new Map(), ...rest };
}

function codeOf(action: () => unknown): { code: RegistryErrorCode; message: string } {
  try {
    action();
  } catch (error) {
    if (error instanceof RegistryError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("nothing was thrown");
}

test("the folder is 0700 and what is in it 0600", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "deep", "data");
  const store = openStore(path);
  store.commit(change(1));
  expect(statSync(path).mode & 0o777).toBe(0o700);
  for (const name of ["portolan.db", "portolan.db-wal", "lock"])
    expect(statSync(join(path, name)).mode & 0o077, name).toBe(0);
  store.close();
});

test("a second owner in the same process is refused, and the first keeps its lock", () => {
  using folder = temporaryFolder();
  const store = openStore(folder.path);
  const { code, message } = codeOf(() => openStore(folder.path));
  expect(code).toBe("data-in-use");
  expect(message).toContain(`process ${process.pid} (this one)`);
  expect(codeOf(() => openStore(folder.path)).code).toBe("data-in-use");
  store.close();
  openStore(folder.path).close();
});

test("a second process is refused and names the first; it gets the folder once that was killed", async () => {
  using folder = temporaryFolder();
  const owner = spawn(process.execPath, [join(import.meta.dirname, "../testing/store-owner.ts"), folder.path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(owner.stdout, "data");
  const { code, message } = codeOf(() => openStore(folder.path));
  expect(code).toBe("data-in-use");
  expect(message).toContain(`process ${owner.pid}:`);
  owner.kill("SIGKILL");
  await once(owner, "exit");
  const store = openStore(folder.path);
  expect(store.load().revision, "it may have been written ahead").toBeGreaterThanOrEqual(41);
  store.close();
});

test("data of a newer schema is refused by name and left as it is", () => {
  using folder = temporaryFolder();
  openStore(folder.path).close();
  const newer = [...migrations, "CREATE TABLE later (x INTEGER)"];
  openDatabase(folder.path, newer).release();
  const { code, message } = codeOf(() => openStore(folder.path));
  expect(code).toBe("data-newer");
  expect(message).toContain(`schema version ${newer.length}, this Portolan knows versions up to ${migrations.length}`);
  const { database, release } = openDatabase(folder.path, newer);
  expect(database.prepare("SELECT max(version) AS version FROM schema").get()).toEqual({ version: newer.length });
  release();
});

test("a migration keeps a copy of what was before, and one that fails changes nothing", () => {
  using folder = temporaryFolder();
  const store = openStore(folder.path);
  store.commit(change(5, { vips: new Map([[host, 7]]) }));
  store.close();
  const failing = [...migrations, "CREATE TABLE later (x INTEGER); INSERT INTO nowhere VALUES (1)"];
  expect(codeOf(() => openDatabase(folder.path, failing)).code).toBe("data-corrupt");
  const same = openStore(folder.path);
  expect(same.load()).toMatchObject({ revision: 5, vips: new Map([[host, 7]]) });
  same.close();
  const moved = [...migrations, "UPDATE revision SET value = 99"];
  openDatabase(folder.path, moved).release();
  const copy = new DatabaseSync(join(folder.path, `portolan.db.schema-${migrations.length}`));
  expect(copy.prepare("SELECT value FROM revision").get()).toEqual({ value: 5 });
  copy.close();
});

test("a file that is no database is refused and left as it is", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "portolan.db");
  writeFileSync(path, "this is something else entirely".repeat(100));
  const before = readFileSync(path);
  expect(codeOf(() => openStore(folder.path)).code).toBe("data-corrupt");
  expect(readFileSync(path)).toEqual(before);
  expect(existsSync(join(folder.path, "lock"))).toBe(false);
});

test.each([
  { name: "below a file", path: (folder: string) => join(folder, "file", "data") },
  { name: "a file", path: (folder: string) => join(folder, "file") },
  { name: "where nobody can create anything", path: () => "/proc/data" },
  { name: "that holds a folder of the database's name", path: (folder: string) => join(folder, "taken") },
])("F-30 a data folder $name is not writable", ({ path }) => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, "file"), "");
  mkdirSync(join(folder.path, "taken", "portolan.db"), { recursive: true });
  const { code, message } = codeOf(() => openStore(path(folder.path)));
  expect(code).toBe("data-not-writable");
  expect(message).toContain("--data");
});

test("revisions of files alone are written ahead: a thousand of them are one write, and the count goes on after a crash", () => {
  using folder = temporaryFolder();
  const wal = join(folder.path, "portolan.db-wal");
  const store = openStore(folder.path);
  store.commit(change(1, { manifests: new Map([[key, manifest("a")]]) }));
  store.commit(change(2));
  const written = statSync(wal).size;
  for (let revision = 3; revision <= 1000; revision++) store.commit(change(revision));
  expect(statSync(wal).size).toBe(written);
  expect(store.load().revision).toBe(1000);
  // As a crash leaves it.
  using crashed = temporaryFolder();
  cpSync(folder.path, crashed.path, { recursive: true });
  const after = openStore(crashed.path);
  expect(after.load()).toMatchObject({ manifests: [{ key }] });
  expect(after.load().revision).toBeGreaterThanOrEqual(1000);
  after.close();
  store.commit(change(1001, { manifests: new Map([[key, manifest("b")]]) }));
  expect(statSync(wal).size, "what is answered is on the disk").toBeGreaterThan(written);
  store.close();
  const again = openStore(folder.path);
  expect(again.load()).toMatchObject({ revision: 1001, manifests: [{ text: "b" }] });
  again.close();
});
