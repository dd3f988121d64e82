import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Hostname, parseCidr, vipAddress } from "@portolan/model";
import { expect, test } from "vitest";
import { RegistryError } from "../errors.ts";
import type { Registry, RegistryOptions } from "../registry.ts";
import { api } from "../sources/api/source.ts";
import { documents, serviceEntry, temporaryFolder } from "../testing/mesh-folder.ts";
import { entryKey, entryNames, running } from "../testing/running.ts";
import { copyData, restoreData, verifyData } from "./data.ts";
import { openDatabase } from "./open.ts";
import { migrations } from "./schema.ts";

/** So small that names collide: then the first to come has the index of its hash, and the next is its neighbour. */
function pool() {
  const parsed = parseCidr("127.255.0.0/27");
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

const options = (data?: string): RegistryOptions => ({
  sources: [api()],
  settings: { bindPool: pool() },
  ...(data === undefined ? {} : { data }),
});

const names = Array.from({ length: 24 }, (_, at) => `svc-${at}`);

function addresses({ snapshot }: Registry): ReadonlyMap<Hostname, string> {
  return new Map([...snapshot.vips].map(([host, index]) => [host, vipAddress(snapshot.settings, index, "bind")]));
}

const add = (registry: Registry, ...added: readonly string[]) =>
  registry.write({ apply: [{ text: documents(...added.map((name) => serviceEntry(name))) }] });

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof RegistryError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "nothing was thrown";
}

test("a copy carries VIPs to another machine, those too that would be placed otherwise there; tombstones and objects go along", async () => {
  using folder = temporaryFolder();
  const [here, there] = [join(folder.path, "here"), join(folder.path, "there")];
  let before: ReadonlyMap<Hostname, string>;
  let copied: Uint8Array;
  {
    await using first = await running(options(here));
    for (const name of names) await add(first, name);
    const gone = first.snapshot.vips.get("svc-3.example" as Hostname);
    await first.write({ remove: [entryKey("svc-3")] });
    before = addresses(first);
    copied = (await first.copyData()) as Uint8Array;
    expect(verifyData(copied, "copy")).toMatchObject({ manifests: 23, vips: 23, tombstones: 1 });
    expect(gone).toBeDefined();
  }
  // What a server does that begins with the same names: the order in which they came is not known to it.
  await using fresh = await running(options());
  await add(fresh, ...names.filter((name) => name !== "svc-3"));
  expect(addresses(fresh)).not.toEqual(before);

  const report = restoreData(copied, there);
  expect(report.vips).toBe(23);
  await using second = await running(options(there));
  expect(addresses(second)).toEqual(before);
  expect(entryNames(second.snapshot)).toHaveLength(23);
  expect(second.snapshot.revision).toBeGreaterThan(report.revision);
  // The tombstone came along: the host gets its own address again, and not the next free one.
  await using old = await running(options(here));
  await add(old, "svc-3");
  await add(second, "svc-3");
  expect(second.snapshot.vips.get("svc-3.example" as Hostname)).toBe(
    old.snapshot.vips.get("svc-3.example" as Hostname),
  );
});

test("a folder without a server is copied as well; one with a server is not, nor is it restored into", async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, "data");
  let copied: Uint8Array;
  {
    await using registry = await running(options(data));
    await add(registry, "svc-1");
    copied = (await registry.copyData()) as Uint8Array;
    expect(codeOf(() => copyData(data))).toContain(
      `data-in-use: the data folder ${data} is in use by process ${process.pid}`,
    );
    expect(codeOf(() => restoreData(copied, data, { replace: true }))).toContain("data-in-use");
  }
  expect(verifyData(copyData(data), "copy")).toEqual(verifyData(copied, "copy"));
  expect(codeOf(() => copyData(join(folder.path, "nowhere")))).toContain("not-found");
  expect(existsSync(join(folder.path, "nowhere"))).toBe(false);
});

test("data that is there already is replaced only where that is wished, and kept beside", async () => {
  using folder = temporaryFolder();
  const [here, there] = [join(folder.path, "here"), join(folder.path, "there")];
  for (const [data, name] of [
    [here, "svc-1"],
    [there, "svc-2"],
  ] as const) {
    await using registry = await running(options(data));
    await add(registry, name);
  }
  const copied = copyData(here);
  expect(codeOf(() => restoreData(copied, there))).toContain("data-exists");
  {
    await using untouched = await running(options(there));
    expect(entryNames(untouched.snapshot)).toEqual(["svc-2"]);
  }
  restoreData(copied, there, { replace: true });
  const kept = verifyData(readFileSync(join(there, "portolan.db.before-restore")), "what was there");
  expect(kept).toMatchObject({ manifests: 1, vips: 1 });
  expect(statSync(join(there, "portolan.db")).mode & 0o077).toBe(0);
  await using restored = await running(options(there));
  expect(entryNames(restored.snapshot)).toEqual(["svc-1"]);
});

test("a copy that is damaged, newer or something else is refused, and nothing is changed", async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, "data");
  {
    await using registry = await running(options(data));
    await add(registry, ...names);
  }
  const copied = copyData(data);
  const damaged = copied.slice();
  damaged.fill(0xff, 4_096, 12_000);
  expect(codeOf(() => verifyData(damaged, "it"))).toContain("data-corrupt: it cannot be used");
  expect(codeOf(() => verifyData(copied.subarray(0, 5_000), "it"))).toContain("data-corrupt");
  expect(codeOf(() => verifyData(Buffer.from("no database"), "it"))).toContain("data-corrupt");
  expect(codeOf(() => verifyData(new Uint8Array(0), "it"))).toContain(
    "data-corrupt: it cannot be used: it is no database",
  );
  expect(codeOf(() => restoreData(damaged, join(folder.path, "there")))).toContain("data-corrupt");
  expect(existsSync(join(folder.path, "there"))).toBe(false);

  const newer = join(folder.path, "newer");
  openDatabase(newer, [...migrations, "CREATE TABLE later (x INTEGER)"]).release();
  expect(codeOf(() => verifyData(copyData(newer), "it"))).toContain("data-newer: the data in it has schema version");
});

test("one index that belongs to two is found", () => {
  using folder = temporaryFolder();
  const { database, release } = openDatabase(folder.path);
  database.exec("INSERT INTO vips VALUES ('a.example', 7); INSERT INTO tombstones VALUES ('b.example', 7, 1)");
  release();
  expect(codeOf(() => verifyData(copyData(folder.path), "it"))).toContain("index 7 belongs to a host that is gone");
});

test("a copy can be read by SQLite alone", async () => {
  using folder = temporaryFolder();
  await using registry = await running(options(join(folder.path, "data")));
  await add(registry, "svc-1");
  const path = join(folder.path, "copy.db");
  writeFileSync(path, (await registry.copyData()) as Uint8Array);
  const database = new DatabaseSync(path, { readOnly: true });
  expect(database.prepare("SELECT hostname FROM vips").all()).toEqual([{ hostname: "svc-1.example" }]);
  database.close();
});

test("a registry without a data folder has nothing to copy, one that does not run says so", async () => {
  const registry = await running(options());
  expect(await registry.copyData()).toBeUndefined();
  await registry.stop();
  await expect(registry.copyData()).rejects.toMatchObject({ code: "not-running" });
});
