import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Hostname, Namespace, ObjectKey } from "@portolan/model";
import { expect, test } from "vitest";
import { RegistryError } from "../errors.ts";
import type { Registry } from "../registry.ts";
import type { WriteChange } from "../source.ts";
import { api } from "../sources/api/source.ts";
import { files } from "../sources/files/source.ts";
import { documents, serviceEntry, temporaryFolder, writeFiles } from "../testing/mesh-folder.ts";
import { endpointOf, entryKey, entryNames, running } from "../testing/running.ts";
import { until } from "../testing/until.ts";

function apply(...texts: readonly string[]): WriteChange {
  return { apply: [{ text: documents(...texts), file: "request.yaml" }] };
}

async function refusal(registry: Registry, change: WriteChange): Promise<RegistryError> {
  const error = await registry.write(change).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (error instanceof RegistryError) return error;
  throw new Error(`not refused: ${error}`);
}

test("a write is answered when it is published, with its revision and keys", async () => {
  await using registry = await running({ sources: [api()] });
  const revisions: number[] = [];
  registry.onPublish(({ revision }) => void revisions.push(revision));
  const result = await registry.write(apply(serviceEntry("b"), serviceEntry("a")));
  expect(result).toEqual({ revision: registry.snapshot.revision, keys: [entryKey("b"), entryKey("a")], problems: [] });
  expect(revisions).toEqual([result.revision]);
  const again = await registry.write({ ...apply(serviceEntry("c")), remove: [entryKey("a")] });
  expect(again).toEqual({ revision: result.revision + 1, keys: [entryKey("c"), entryKey("a")], problems: [] });
  expect(entryNames(registry.snapshot)).toEqual(["b", "c"]);
});

test("a write is answered with what is odd about it: unused kinds, and what the mesh has to say", async () => {
  await using registry = await running({ sources: [api()] });
  const unused = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: one}\n";
  const twinless = serviceEntry("a", { host: "a.shop.global" });
  const { keys, problems } = await registry.write(apply(unused, twinless));
  expect(keys).toEqual([entryKey("a")]);
  expect(problems.map(({ code, severity }) => [code, severity])).toEqual([
    ["PTL1009", "info"],
    ["PTL1106", "warning"],
  ]);
  expect((await registry.write(apply(unused))).keys).toEqual([]);
});

test("objects that name no namespace get the one of the request", async () => {
  await using registry = await running({ sources: [api()] });
  const text = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: one}\n";
  const first = await registry.write({ apply: [{ text }] });
  const second = await registry.write({ apply: [{ text, namespace: "shop" as Namespace }] });
  expect([...first.keys, ...second.keys]).toEqual(["ServiceAccount/default/one", "ServiceAccount/shop/one"]);
});

test("what files say cannot be written or removed by the API: the owner and its place are named", async () => {
  using folder = temporaryFolder();
  await writeFiles(folder.path, { "a.yaml": documents(serviceEntry("z"), serviceEntry("a")) });
  await using registry = await running({ sources: [files(folder.path), api()] });
  const place = `"files" (${join(folder.path, "a.yaml")}:15:1)`;
  for (const change of [apply(serviceEntry("a", { endpoint: "10.0.0.9" })), { remove: [entryKey("a")] }]) {
    const error = await refusal(registry, change);
    expect(error.code).toBe("conflict");
    expect(error.message).toContain(`ServiceEntry/shop/a belongs to the source ${place}`);
  }
  expect(endpointOf(registry.snapshot, "a")).toBe("10.0.0.1");
});

test.each<{ name: string; change: WriteChange; code: string; says: string }>([
  {
    name: "what cannot be decoded",
    change: apply(serviceEntry("ok"), serviceEntry("bad", { port: 0 })),
    code: "bad-objects",
    says: "request.yaml:24:",
  },
  {
    name: "what breaks a rule",
    change: apply(serviceEntry("ok"), serviceEntry("bad", { host: "bad.global" })),
    code: "bad-objects",
    says: "PTL1103",
  },
  {
    name: "an address that belongs to another",
    change: apply(serviceEntry("ok"), serviceEntry("bad", { address: "127.255.9.9" })),
    code: "bad-objects",
    says: "ServiceEntry/shop/owner",
  },
  { name: "what is not there to be removed", change: { remove: [entryKey("x")] }, code: "not-found", says: "shop/x" },
  {
    name: "one object twice",
    change: apply(serviceEntry("ok"), serviceEntry("ok")),
    code: "bad-objects",
    says: "PTL1405",
  },
  { name: "nothing", change: {}, code: "bad-objects", says: "PTL1406" },
])("a write of $name is refused as a whole", async ({ change, code, says }) => {
  await using registry = await running({ sources: [api()] });
  await registry.write(apply(serviceEntry("owner", { address: "127.255.9.9" })));
  const { snapshot } = registry;
  const error = await refusal(registry, change);
  expect(error.code).toBe(code);
  expect(error.message).toContain(says);
  expect(error.problems.length).toBeGreaterThan(0);
  expect(registry.snapshot).toBe(snapshot);
});

test("two writes at once that give one address: the second is refused", async () => {
  await using registry = await running({ sources: [api()] });
  const writes = ["a", "b"].map((name) => registry.write(apply(serviceEntry(name, { address: "127.255.9.9" }))));
  const [first, second] = await Promise.allSettled(writes);
  expect(first?.status).toBe("fulfilled");
  expect(second).toMatchObject({ status: "rejected", reason: { code: "bad-objects" } });
  expect(entryNames(registry.snapshot)).toEqual(["a"]);
});

test("many writes at once share batches, and each is answered with its own outcome", async () => {
  await using registry = await running({ sources: [api()] });
  const before = registry.counts.revisionsPublished;
  const names = Array.from({ length: 200 }, (_, at) => `n${at}`);
  const outcomes = await Promise.allSettled(
    names.map((name, at) =>
      registry.write(at % 10 === 9 ? { remove: [entryKey("nobody")] } : apply(serviceEntry(name))),
    ),
  );
  expect(outcomes.filter(({ status }) => status === "rejected").length).toBe(20);
  expect(registry.snapshot.services.size).toBe(180);
  expect(registry.counts.revisionsPublished - before).toBeLessThan(50);
});

test("a restart finds what was written, unchanged, and the revision goes on", async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, "data");
  const text = `# kept as it is\n${serviceEntry("a")}  # a comment at the end\n`;
  let revision: number;
  {
    await using registry = await running({ sources: [api()], data });
    revision = (await registry.write({ apply: [{ text }] })).revision;
    await registry.write(apply(serviceEntry("b")));
    await registry.write({ remove: [entryKey("b")] });
  }
  await using registry = await running({ sources: [api()], data });
  expect(entryNames(registry.snapshot)).toEqual(["a"]);
  expect(registry.manifest(entryKey("a"))).toContain(serviceEntry("a"));
  expect(registry.manifest(entryKey("a"))).toContain("# a comment at the end");
  expect(registry.snapshot.revision).toBe(revision + 3);
});

test("an object that was written stays the API's when a file says it too, also after a restart; removed, it is the file's", async () => {
  using folder = temporaryFolder();
  const options = () => ({ sources: [files(join(folder.path, "mesh")), api()], data: join(folder.path, "data") });
  await writeFiles(folder.path, { "mesh/b.yaml": serviceEntry("b") });
  {
    await using registry = await running(options());
    await registry.write(apply(serviceEntry("a", { endpoint: "10.0.0.1" })));
    await writeFiles(folder.path, { "mesh/a.yaml": serviceEntry("a", { endpoint: "10.0.0.2" }) });
    await until(registry, () => registry.problems().length === 1);
    expect(registry.problems()).toMatchObject([
      { code: "PTL1401", origin: { source: "files", file: join(folder.path, "mesh/a.yaml") } },
    ]);
    expect(registry.problems()[0]?.message).toContain('"api" (request.yaml:1:1)');
  }
  await using registry = await running(options());
  expect(endpointOf(registry.snapshot, "a")).toBe("10.0.0.1");
  expect(registry.problems().map(({ code }) => code)).toEqual(["PTL1401"]);
  await registry.write({ remove: [entryKey("a")] });
  expect(endpointOf(registry.snapshot, "a")).toBe("10.0.0.2");
  expect(registry.problems()).toEqual([]);
  expect((await refusal(registry, apply(serviceEntry("a")))).code).toBe("conflict");
});

test("0.12 the VIP of a host is the same after a restart, after others came and went, and on a second, empty server", async () => {
  using folder = temporaryFolder();
  const mesh = join(folder.path, "mesh");
  await writeFiles(mesh, { "a.yaml": documents(...["a", "b", "c"].map((name) => serviceEntry(name))) });
  const options = () => ({ sources: [files(mesh), api()], data: join(folder.path, "data") });
  const vips = (registry: Registry) =>
    ["a", "b", "c"].map((name) => registry.snapshot.vips.get(`${name}.example` as Hostname));
  let before: (number | undefined)[];
  {
    await using registry = await running(options());
    before = vips(registry);
    expect(new Set(before).size).toBe(3);
    await registry.write(apply(...Array.from({ length: 50 }, (_, at) => serviceEntry(`n${at}`))));
    expect(vips(registry)).toEqual(before);
    await registry.write({ remove: Array.from({ length: 50 }, (_, at) => entryKey(`n${at}`)) });
    writeFileSync(join(mesh, "a.yaml"), documents(serviceEntry("c"), serviceEntry("b")));
    await until(registry, () => !registry.snapshot.objects.has(entryKey("a")));
  }
  writeFileSync(join(mesh, "a.yaml"), documents(...["c", "b", "a"].map((name) => serviceEntry(name))));
  await using registry = await running(options());
  expect(vips(registry)).toEqual(before);
  await using second = await running({ sources: [files(mesh)] });
  expect(vips(second)).toEqual(before);
});

test("a host that went away while the server was down leaves a tombstone, which outlives the next restart", async () => {
  using folder = temporaryFolder();
  const mesh = join(folder.path, "mesh");
  const data = join(folder.path, "data");
  const bindPool = (size: number) => ({ bindPool: `127.255.0.0/${size}` as never });
  await writeFiles(mesh, { "a.yaml": serviceEntry("a") });
  const start = () =>
    running({ sources: [files(mesh), api()], data, settings: bindPool(30), debounce: { windowMs: 0 } });
  {
    await using registry = await start();
    expect(registry.snapshot.vips.size).toBe(1);
  }
  rmSync(join(mesh, "a.yaml"));
  await (await start()).stop();
  await using registry = await start();
  await registry.write(apply(serviceEntry("b")));
  await registry.write(apply(serviceEntry("c")));
  expect(registry.snapshot.vips.size).toBe(1);
  expect(registry.problems().map(({ code, object }) => [code, object])).toEqual([
    ["PTL1407", entryKey("c") satisfies ObjectKey],
  ]);
});
