import { api, createRegistry, type SourceFactory } from "@portolan/registry";
import { expect, test } from "vitest";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { whenOpened } from "./when-opened.ts";

/** A source that is read when it is told to. */
function slowSource(read: Promise<void>): SourceFactory {
  return (environment) => ({
    kind: "watched",
    name: environment.nameFor("slow"),
    async start(emit) {
      await read;
      emit([{ kind: "synced" }]);
    },
    async stop() {},
  });
}

test("it runs while the other sources are still read", async () => {
  const read = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<boolean>();
  const registry = createRegistry({
    sources: [slowSource(read.promise), whenOpened(async () => opened.resolve(registry.synced)), api()],
  });
  const started = registry.start();
  expect(await opened.promise).toBe(false);
  read.resolve();
  await started;
  expect(registry.synced).toBe(true);
  await registry.stop();
});

test("it does not run where another process has the data folder", async () => {
  await using folder = await temporaryFolder();
  await using first = createRegistry({ sources: [], data: folder.path });
  await first.start();
  let runs = 0;
  const opened = whenOpened(async () => {
    runs++;
  });
  const second = createRegistry({ sources: [opened], data: folder.path });
  await expect(second.start()).rejects.toMatchObject({ code: "data-in-use" });
  expect(runs).toBe(0);
});

test("where it fails the registry does not start, and where another source fails it is waited for", async () => {
  const failing = createRegistry({ sources: [whenOpened(() => Promise.reject(new Error("the port is taken")))] });
  await expect(failing.start()).rejects.toThrow("the port is taken");

  const finish = Promise.withResolvers<void>();
  let finished = false;
  const opened = whenOpened(async () => {
    await finish.promise;
    finished = true;
  });
  const other = createRegistry({ sources: [opened, slowSource(Promise.reject(new Error("no such folder")))] });
  const started = other.start().catch((error: Error) => [error.message, finished]);
  setImmediate(() => finish.resolve());
  expect(await started).toEqual(["no such folder", true]);
});
