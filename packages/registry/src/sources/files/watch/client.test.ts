import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../testing/mesh-folder.ts";
import { watchFolders } from "./client.ts";

function watched(path: string, ...names: string[]) {
  const { dev, ino } = statSync(path);
  return new Map([[path, { inode: `${dev}:${ino}`, names: names.length === 0 ? undefined : new Set(names) }]]);
}

function handles(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "FSEventWrap").length;
}

test("tells what changed in a folder, and in one of which only some names matter only those", async () => {
  using folder = temporaryFolder();
  const noticed = Promise.withResolvers<string | undefined>();
  const watcher = watchFolders(noticed.resolve);
  expect(watcher.set(watched(folder.path, "a.yaml"))).toBe(true);
  expect(watcher.set(watched(folder.path, "a.yaml"))).toBe(false);
  writeFileSync(join(folder.path, "other.yaml"), "");
  writeFileSync(join(folder.path, "a.yaml"), "");
  expect(await noticed.promise).toBe(join(folder.path, "a.yaml"));
  watcher.close();
});

test("a folder that cannot be watched is told, with the reason", () => {
  const watcher = watchFolders(() => {});
  expect(watcher.set(new Map([["/nowhere", { inode: "1:1", names: undefined }]]))).toBe(false);
  expect([...watcher.unwatched]).toEqual([["/nowhere", "ENOENT"]]);
  watcher.set(new Map());
  expect(watcher.unwatched.size).toBe(0);
});

test("once closed nothing is armed, also where a look was under way: the process can end", () => {
  using folder = temporaryFolder();
  const before = handles();
  const watcher = watchFolders(() => {});
  watcher.set(watched(folder.path));
  expect(handles()).toBe(before + 1);
  watcher.close();
  const closing = handles();
  expect(watcher.set(watched(folder.path))).toBe(false);
  expect(handles()).toBe(closing);
});
