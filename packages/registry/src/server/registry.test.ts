import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { SourceFactory } from "../source.ts";
import { api } from "../sources/api/source.ts";
import { files } from "../sources/files/source.ts";
import { upserts } from "../testing/claims.ts";
import { documents, serviceEntry, temporaryFolder, writeFiles } from "../testing/mesh-folder.ts";
import { endpointOf, entryKey, entryNames, running } from "../testing/running.ts";
import { until } from "../testing/until.ts";
import type { FailedMessage, PublishedMessage } from "./channels.ts";
import { createRegistry } from "./registry.ts";

/** Messages of a channel while `action` runs. */
async function messagesOf<Message>(name: string, action: () => Promise<void>): Promise<Message[]> {
  const messages: Message[] = [];
  const listener = (message: unknown) => void messages.push(message as Message);
  subscribe(name, listener);
  await action();
  unsubscribe(name, listener);
  return messages;
}

const write = (name: string) => ({ apply: [{ text: serviceEntry(name) }] });

test("bad objects at the start are left out and listed; strict refuses to start and lists them", async () => {
  using folder = temporaryFolder();
  await writeFiles(folder.path, { "m.yaml": documents(serviceEntry("a"), serviceEntry("b", { port: 0 })) });
  await using registry = await running({ sources: [files(folder.path)] });
  expect(entryNames(registry.snapshot)).toEqual(["a"]);
  const [problem, ...more] = registry.problems();
  expect(more).toEqual([]);
  expect(problem).toMatchObject({ object: entryKey("b"), path: "spec.ports.0.number", severity: "error" });
  expect(problem?.origin).toMatchObject({ file: join(folder.path, "m.yaml"), position: { line: 24 } });
  const strict = createRegistry({ sources: [files(folder.path)], strict: true, data: join(folder.path, "data") });
  await expect(strict.start()).rejects.toMatchObject({
    code: "bad-objects",
    problems: [{ object: entryKey("b") }],
    message: expect.stringMatching(/m\.yaml:24:\d+ spec\.ports\.0\.number: /),
  });
  expect(strict.synced).toBe(false);
  await using later = await running({ sources: [api()], data: join(folder.path, "data") });
  expect(later.snapshot.revision, "nothing was kept").toBe(1);
});

test("nothing is published before every source has said what it has", async () => {
  const synced = Promise.withResolvers<void>();
  const slow: SourceFactory = (environment) => ({
    kind: "watched",
    name: environment.nameFor("slow"),
    async start(emit) {
      emit(upserts(serviceEntry("slow"), "slow", "slow"));
      await synced.promise;
      emit([{ kind: "synced" }]);
    },
    async stop() {},
  });
  using folder = temporaryFolder();
  await writeFiles(folder.path, { "a.yaml": serviceEntry("a") });
  await using registry = createRegistry({ sources: [files(folder.path), slow] });
  const seen: string[] = [];
  registry.onPublish((snapshot) => void seen.push(entryNames(snapshot).join()));
  const started = registry.start();
  expect(registry.synced).toBe(false);
  expect(registry.snapshot.revision).toBe(0);
  synced.resolve();
  await started;
  expect(seen).toEqual(["a,slow"]);
});

test("a new version that breaks a rule of the mesh is held back until the rule allows it", async () => {
  using folder = temporaryFolder();
  const settings = (suffix: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh: |\n    portolan: {ownedSuffixes: [${suffix}]}\n`;
  await writeFiles(folder.path, { "a.yaml": serviceEntry("a"), "b.yaml": settings("global") });
  await using registry = await running({ sources: [files(folder.path)] });
  const object = registry.object(entryKey("a"));
  expect(registry.problems()).toEqual([]);
  writeFileSync(join(folder.path, "a.yaml"), serviceEntry("a", { host: "odd.global", endpoint: "10.0.0.2" }));
  await until(registry, () => registry.problems().length > 0);
  expect(registry.problems()).toMatchObject([{ code: "PTL1103", object: entryKey("a"), path: "spec.hosts.0" }]);
  expect(registry.object(entryKey("a"))).toBe(object);
  expect([...registry.snapshot.servicesByHost.keys()]).toEqual(["a.example"]);
  writeFileSync(join(folder.path, "b.yaml"), settings("mesh"));
  await until(registry, () => endpointOf(registry.snapshot, "a") === "10.0.0.2");
  expect([...registry.snapshot.servicesByHost.keys()]).toEqual(["odd.global"]);
  await until(registry, () => registry.problems().length === 0);
});

test("followers are told in order; one that throws, ends or writes disturbs nobody", async () => {
  await using registry = await running({ sources: [api()] });
  const first: number[] = [];
  const second: number[] = [];
  let follow: Promise<unknown> | undefined;
  const stop = registry.onPublish((snapshot, change) => {
    expect(change.to).toBe(snapshot.revision);
    first.push(snapshot.revision);
    follow ??= registry.write(write("b"));
    throw new Error("of the follower");
  });
  registry.onPublish(({ revision }) => void second.push(revision));
  const failures = await messagesOf<FailedMessage>("portolan:registry:failed", async () => {
    await registry.write(write("a"));
    await follow;
  });
  stop();
  await registry.write(write("c"));
  expect(first).toEqual([2, 3]);
  expect(second).toEqual([2, 3, 4]);
  expect(failures.map(({ what }) => what)).toEqual(["listener", "listener"]);
});

test("publications say their revision and size, problems come and go, on diagnostics channels", async () => {
  using folder = temporaryFolder();
  await writeFiles(folder.path, { "a.yaml": serviceEntry("a") });
  await using registry = await running({ sources: [files(folder.path)] });
  const change = async (text: string, condition: () => boolean) => {
    writeFileSync(join(folder.path, "a.yaml"), text);
    await until(registry, condition);
  };
  const came = await messagesOf<unknown>("portolan:registry:problem", () =>
    change(serviceEntry("a", { port: 0 }), () => registry.problems().length > 0),
  );
  expect(came).toMatchObject([{ problem: { object: entryKey("a") } }]);
  const published = await messagesOf<PublishedMessage>("portolan:registry:published", () =>
    change(serviceEntry("a", { endpoint: "10.0.0.2" }), () => endpointOf(registry.snapshot, "a") === "10.0.0.2"),
  );
  expect(published).toEqual([{ revision: 2, objects: 1, services: 0, endpoints: 1 }]);
});

test("a registry that is not running takes no writes, and says what it is", async () => {
  const registry = createRegistry({ sources: [api()] });
  await expect(registry.write(write("a"))).rejects.toMatchObject({ code: "not-running" });
  await registry.start();
  await registry.write(write("a"));
  await expect(registry.start()).rejects.toMatchObject({ code: "not-running" });
  await registry.stop();
  await registry.stop();
  await expect(registry.write(write("b"))).rejects.toMatchObject({ code: "not-running" });
  await using reader = await running({ sources: [] });
  await expect(reader.write(write("a"))).rejects.toMatchObject({ code: "read-only" });
});

test("a write that waits when the registry stops is kept and answered", async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, "data");
  const registry = await running({ sources: [api()], data, debounce: { windowMs: 60_000, maxMs: 60_000 } });
  await registry.write(write("a"));
  const waiting = registry.write(write("b"));
  await registry.stop();
  expect(await waiting).toMatchObject({ keys: [entryKey("b")] });
  await using again = await running({ sources: [api()], data });
  expect(entryNames(again.snapshot)).toEqual(["a", "b"]);
});

test("a second registry on one data folder is refused; a stop in the middle of a start ends it", async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, "data");
  await using first = await running({ sources: [api()], data });
  await expect(running({ sources: [api()], data })).rejects.toMatchObject({ code: "data-in-use" });
  await first.write(write("a"));
  const second = createRegistry({ sources: [files(folder.path)] });
  const started = second.start();
  await second.stop();
  await expect(started).rejects.toMatchObject({ code: "not-running" });
});

test("two sources of one kind have names of their own", async () => {
  using folder = temporaryFolder();
  await writeFiles(folder.path, {
    "x/a.yaml": serviceEntry("a"),
    "y/a.yaml": serviceEntry("a", { endpoint: "10.0.0.2" }),
  });
  await using registry = await running({ sources: [files(join(folder.path, "x")), files(join(folder.path, "y"))] });
  expect(endpointOf(registry.snapshot, "a")).toBe("10.0.0.1");
  expect(registry.problems()).toMatchObject([{ code: "PTL1401", origin: { source: "files-2" } }]);
});
