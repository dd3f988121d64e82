import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Registry } from "../registry.ts";
import { files } from "../sources/files/source.ts";
import { documents, serviceEntry, temporaryFolder, writeFiles } from "../testing/mesh-folder.ts";
import { endpointOf, entryKey, entryNames, running } from "../testing/running.ts";
import { until } from "../testing/until.ts";

function hasEntries(registry: Registry, ...names: string[]): Promise<void> {
  return until(registry, () => entryNames(registry.snapshot).join() === names.join());
}

test("folders are read at any depth; other files and names with a dot in front are not", async () => {
  using folder = temporaryFolder();
  await writeFiles(folder.path, {
    "a.yaml": serviceEntry("a"),
    "deep/er/b.yml": serviceEntry("b"),
    "c.json": JSON.stringify({
      apiVersion: "networking.istio.io/v1",
      kind: "ServiceEntry",
      metadata: { name: "c", namespace: "shop" },
      spec: { hosts: ["c.example"], ports: [{ number: 80, name: "http", protocol: "HTTP" }], resolution: "DNS" },
    }),
    "README.md": "# not a mesh file",
    ".hidden.yaml": serviceEntry("hidden"),
    ".git/d.yaml": serviceEntry("hidden"),
  });
  await using registry = await running({ sources: [files(folder.path)] });
  expect(entryNames(registry.snapshot)).toEqual(["a", "b", "c"]);
});

test("a file in a folder that was made later is found", async () => {
  using folder = temporaryFolder();
  await using registry = await running({ sources: [files(folder.path)] });
  await writeFiles(folder.path, { "new/er/a.yaml": serviceEntry("a") });
  await hasEntries(registry, "a");
  await writeFiles(folder.path, { "new/er/b.yaml": serviceEntry("b") });
  await hasEntries(registry, "a", "b");
  rmSync(join(folder.path, "new"), { recursive: true });
  await hasEntries(registry);
});

test("F-22 a file that takes another's name replaces it in one revision", async () => {
  using folder = temporaryFolder();
  await writeFiles(folder.path, { "a.yaml": documents(serviceEntry("a"), serviceEntry("b")) });
  await using registry = await running({ sources: [files(folder.path)] });
  const seen: string[] = [];
  registry.onPublish((snapshot) => void seen.push(entryNames(snapshot).join()));
  await writeFiles(folder.path, { "new.tmp": documents(serviceEntry("b"), serviceEntry("c")) });
  renameSync(join(folder.path, "new.tmp"), join(folder.path, "a.yaml"));
  await hasEntries(registry, "b", "c");
  expect(seen).toEqual(["b,c"]);
});

test("F-22 a file that is renamed keeps its objects in every revision", async () => {
  using folder = temporaryFolder();
  await writeFiles(folder.path, { "a.yaml": serviceEntry("a") });
  await using registry = await running({ sources: [files(folder.path)] });
  const seen: string[] = [];
  registry.onPublish((snapshot) => void seen.push(entryNames(snapshot).join()));
  renameSync(join(folder.path, "a.yaml"), join(folder.path, "z.yaml"));
  await until(registry, () => registry.originOf(entryKey("a"))?.file?.endsWith("z.yaml") === true);
  expect(seen).toEqual(["a"]);
});

test("F-22 a symlink swap as of a Kubernetes ConfigMap is one revision", async () => {
  using folder = temporaryFolder();
  const path = (name: string) => join(folder.path, name);
  const version = (name: string, endpoint: string) =>
    writeFiles(folder.path, {
      [`${name}/a.yaml`]: serviceEntry("a", { endpoint }),
      [`${name}/b.yaml`]: serviceEntry("b", { endpoint }),
    });
  await version("..1", "10.0.0.1");
  symlinkSync("..1", path("..data"));
  for (const name of ["a.yaml", "b.yaml"]) symlinkSync(`..data/${name}`, path(name));
  await using registry = await running({ sources: [files(folder.path)] });
  const seen: string[] = [];
  registry.onPublish((snapshot) => void seen.push(`${endpointOf(snapshot, "a")} ${endpointOf(snapshot, "b")}`));
  for (const round of [2, 3]) {
    await version(`..${round}`, `10.0.0.${round}`);
    symlinkSync(`..${round}`, path("..tmp"));
    renameSync(path("..tmp"), path("..data"));
    await until(registry, () => endpointOf(registry.snapshot, "b") === `10.0.0.${round}`);
  }
  expect(seen).toEqual(["10.0.0.2 10.0.0.2", "10.0.0.3 10.0.0.3"]);
});

test("a single file is watched, also where it is reached by links, deleted and written again", async () => {
  using folder = temporaryFolder();
  const path = (name: string) => join(folder.path, name);
  await writeFiles(folder.path, { "..1/a.yaml": serviceEntry("a"), "b.yaml": serviceEntry("b") });
  symlinkSync("..1", path("..data"));
  symlinkSync("..data/a.yaml", path("a.yaml"));
  await using registry = await running({ sources: [files(path("a.yaml"), path("b.yaml"))] });
  await writeFiles(folder.path, { "..2/a.yaml": serviceEntry("a2"), "other.yaml": serviceEntry("other") });
  symlinkSync("..2", path("..tmp"));
  renameSync(path("..tmp"), path("..data"));
  await hasEntries(registry, "a2", "b");
  rmSync(path("b.yaml"));
  await hasEntries(registry, "a2");
  writeFileSync(path("b.yaml"), serviceEntry("b2"));
  await hasEntries(registry, "a2", "b2");
});

test("a folder that is swapped for another is followed; one that is gone keeps its objects and is reported", async () => {
  using folder = temporaryFolder();
  const path = (name: string) => join(folder.path, name);
  await writeFiles(folder.path, { "mesh/a.yaml": serviceEntry("a"), "next/b.yaml": serviceEntry("b") });
  await using registry = await running({ sources: [files(path("mesh"))] });
  renameSync(path("mesh"), path("old"));
  await until(registry, () => registry.problems().length > 0);
  expect(registry.problems()).toMatchObject([{ code: "PTL1404", origin: { file: path("mesh") } }]);
  expect(entryNames(registry.snapshot)).toEqual(["a"]);
  renameSync(path("next"), path("mesh"));
  await hasEntries(registry, "b");
  await until(registry, () => registry.problems().length === 0);
  await writeFiles(folder.path, { "mesh/c.yaml": serviceEntry("c") });
  await hasEntries(registry, "b", "c");
});

test("F-22 a half-written file is not applied", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a.yaml");
  const whole = documents(serviceEntry("a"), serviceEntry("b"), serviceEntry("c"));
  writeFileSync(path, whole);
  await using registry = await running({ sources: [files(folder.path, { graceMs: 60_000, maxSettleMs: 100 })] });
  const seen: string[] = [];
  registry.onPublish((snapshot) => void seen.push(entryNames(snapshot).join()));
  writeFileSync(path, whole.slice(0, whole.indexOf("---") + 4));
  // The other file is the fence: when it has been applied, this one was looked at and left.
  await writeFiles(folder.path, { "fence.yaml": serviceEntry("fence") });
  await hasEntries(registry, "a", "b", "c", "fence");
  appendFileSync(path, whole.slice(whole.indexOf("---") + 4) + documents("", serviceEntry("d")));
  await hasEntries(registry, "a", "b", "c", "d", "fence");
  expect(seen).toEqual(["a,b,c,fence", "a,b,c,d,fence"]);
});

test("F-22 what cannot be read keeps its objects and is reported with its place", async () => {
  using folder = temporaryFolder();
  const path = (name: string) => join(folder.path, name);
  await writeFiles(folder.path, { "a.yaml": serviceEntry("a"), "b.yaml": serviceEntry("b") });
  await using registry = await running({ sources: [files(folder.path)] });
  rmSync(path("a.yaml"));
  symlinkSync("nowhere.yaml", path("a.yaml"));
  writeFileSync(path("b.yaml"), Buffer.from([0x6b, 0xff, 0xfe, 0x0a]));
  await until(registry, () => registry.problems().length === 2);
  expect(registry.problems().map(({ code, origin }) => [code, origin.file])).toEqual([
    ["PTL1404", path("a.yaml")],
    ["PTL1404", path("b.yaml")],
  ]);
  expect(entryNames(registry.snapshot)).toEqual(["a", "b"]);
  rmSync(path("a.yaml"));
  rmSync(path("b.yaml"));
  await hasEntries(registry);
  await until(registry, () => registry.problems().length === 0);
});

test("F-21 a document that is a bomb is named with its place; its file keeps what it had, the rest applies", async () => {
  using folder = temporaryFolder();
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefghij"
    .split("")
    .map(
      (name, at) =>
        `${name}: &${name} [${"*abcdefghij".slice(at + 1, at + 2) && Array(9).fill(`*${"abcdefghij"[at]}`).join(",")}]`,
    )
    .join("\n")}\n`;
  await writeFiles(folder.path, { "m.yaml": documents(serviceEntry("a"), serviceEntry("b")) });
  await using registry = await running({ sources: [files(folder.path)] });
  await writeFiles(folder.path, { "m.yaml": documents(bomb, serviceEntry("b", { endpoint: "10.0.0.7" })) });
  await until(registry, () => endpointOf(registry.snapshot, "b") === "10.0.0.7");
  expect(entryNames(registry.snapshot)).toEqual(["a", "b"]);
  const [problem] = registry.problems();
  expect(problem).toMatchObject({ severity: "error", origin: { file: join(folder.path, "m.yaml") } });
  expect(problem?.origin.position?.line).toBeGreaterThan(0);
});

test("an object that two files describe: both are named, and the second takes over when the first goes", async () => {
  using folder = temporaryFolder();
  await writeFiles(folder.path, {
    "a.yaml": serviceEntry("a", { endpoint: "10.0.0.1" }),
    "b.yaml": serviceEntry("a", { endpoint: "10.0.0.2" }),
  });
  await using registry = await running({ sources: [files(folder.path)] });
  expect(endpointOf(registry.snapshot, "a")).toBe("10.0.0.1");
  const [problem, ...more] = registry.problems();
  expect(more).toEqual([]);
  expect(problem).toMatchObject({ code: "PTL1402", origin: { file: join(folder.path, "b.yaml") } });
  expect(problem?.message).toContain(`${join(folder.path, "a.yaml")}:1:1`);
  rmSync(join(folder.path, "a.yaml"));
  await until(registry, () => endpointOf(registry.snapshot, "a") === "10.0.0.2");
  await until(registry, () => registry.problems().length === 0);
});

test("problems and places follow the lines of an object that moves without being decoded again", async () => {
  using folder = temporaryFolder();
  const external = serviceEntry("a", { host: "a.shop.global" });
  await writeFiles(folder.path, { "m.yaml": documents(serviceEntry("z"), external) });
  await using registry = await running({ sources: [files(folder.path)] });
  const lines = () => registry.problems().map(({ origin }) => origin.position?.line);
  expect(lines()).toEqual([21]);
  const object = registry.object(entryKey("a"));
  await writeFiles(folder.path, { "m.yaml": documents("# a comment\n\n", serviceEntry("z2"), external) });
  await hasEntries(registry, "a", "z2");
  expect(lines()).toEqual([24]);
  expect(registry.originOf(entryKey("a"))?.position).toEqual({ line: 18, column: 1 });
  expect(registry.object(entryKey("a"))).toBe(object);
  expect(registry.counts.documentsDecoded).toBe(3);
});

test("a path that does not exist is refused at start", async () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, "mesh"));
  await expect(
    running({ sources: [files(join(folder.path, "mesh"), join(folder.path, "typo"))] }),
  ).rejects.toMatchObject({
    code: "source-not-found",
    message: expect.stringContaining(join(folder.path, "typo")),
  });
});
