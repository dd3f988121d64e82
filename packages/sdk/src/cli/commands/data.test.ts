import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createControlPlane } from "../../control-plane/control-plane.ts";
import type { ControlPlaneOptions } from "../../control-plane/options.ts";
import { entry } from "../../testing/manifests.ts";
import { runMain } from "../../testing/run-main.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";

/** A pool of 30 addresses, in which 24 names collide. */
const settings = `apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    portolan: {bindPool: 127.255.0.0/27}
`;
const names = Array.from({ length: 24 }, (_, at) => `svc-${at}`);

async function hostsOf(data: string): Promise<string> {
  const { code, out } = await runMain(["hosts", "--data", data]);
  expect(code).toBe(0);
  return out;
}

async function machine() {
  const folder = await temporaryFolder();
  const mesh = await folder.write("mesh/settings.yaml", settings);
  const path = (name: string) => join(folder.path, name);
  const serve = (data: string): ControlPlaneOptions => ({ config: [mesh], data: path(data), dns: undefined });
  return { folder, path, serve, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

test("0.37 a second machine that restored a copy gives the same VIPs, although it would place them otherwise", async () => {
  await using scene = await machine();
  const { path, serve } = scene;
  let hosts: string;
  {
    await using first = await createControlPlane(serve("first"));
    for (const name of names) await first.registry.write({ apply: [{ text: entry(name) }] });
    hosts = await hostsOf(path("first"));
    // While it runs.
    const { code, out, err } = await runMain(["data", "backup", path("copy"), "--data", path("first")]);
    expect([code, out]).toEqual([0, `${path("copy")}: revision 25, 24 objects of the API, 24 VIPs, 0 tombstones\n`]);
    expect(err).toContain("holds the authority's key");
    expect((await runMain(["data", "verify", "--data", path("first")])).out).toContain("24 VIPs");
    const refused = await runMain(["data", "restore", path("copy"), "--replace", "--data", path("first")]);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("is in use by process")]);
  }
  expect((await stat(path("copy"))).mode & 0o077).toBe(0);
  {
    await using fresh = await createControlPlane(serve("fresh"));
    await fresh.registry.write({ apply: [{ text: names.map((name) => entry(name)).join("---\n") }] });
    expect(await hostsOf(path("fresh"))).not.toBe(hosts);
  }
  expect(await runMain(["data", "verify", path("copy")])).toMatchObject({ code: 0 });
  expect(await runMain(["data", "restore", path("copy"), "--data", path("second")])).toMatchObject({
    code: 0,
    err: "",
  });
  await using second = await createControlPlane(serve("second"));
  expect(second.snapshot.vips.size).toBe(24);
  expect(await hostsOf(path("second"))).toBe(hosts);
  const root = (data: string) => readFile(join(path(data), "ca", "root-cert.pem"), "utf8");
  expect(await root("second")).toBe(await root("first"));
});

test("data that is there, an authority that is another, and what is no copy are refused; --replace keeps the old beside", async () => {
  await using scene = await machine();
  const { path, serve } = scene;
  for (const [data, name] of [
    ["first", "svc-1"],
    ["second", "svc-2"],
  ] as const) {
    await using mesh = await createControlPlane(serve(data));
    await mesh.registry.write({ apply: [{ text: entry(name) }] });
  }
  const run = (...argv: string[]) => runMain([...argv, "--data", path("second")]);
  expect((await runMain(["data", "backup", path("copy"), "--data", path("first")])).code).toBe(0);
  expect(await run("data", "backup", path("copy"))).toMatchObject({
    code: 64,
    err: expect.stringContaining("not empty"),
  });
  expect(await run("data", "restore", path("copy"))).toMatchObject({
    code: 1,
    err: expect.stringContaining("another certificate authority"),
  });
  const alone = await run("data", "restore", path("copy/portolan.db"));
  expect(alone).toMatchObject({ code: 1, err: expect.stringContaining("holds data already") });
  expect(await run("data", "restore", path("nothing"))).toMatchObject({ code: 64 });
  await writeFile(path("broken.db"), "this is no database");
  expect(await run("data", "verify", path("broken.db"))).toMatchObject({ code: 65 });
  expect(await run("data", "restore", path("broken.db"))).toMatchObject({ code: 65 });

  expect(await run("data", "restore", path("copy"), "--replace")).toMatchObject({ code: 0 });
  expect(await readdir(path("second"))).toEqual(
    expect.arrayContaining(["portolan.db.before-restore", "ca.before-restore", "portolan.db", "ca"]),
  );
  await using restored = await createControlPlane(serve("second"));
  expect(restored.snapshot.vips.size).toBe(1);
  expect(await hostsOf(path("second"))).toMatch(/^127\.255\.0\.\d+ svc-1\.shop\.global\n$/);
});

test("--no-authority leaves the authority out: the other machine makes or keeps its own", async () => {
  await using scene = await machine();
  const { path, serve } = scene;
  await (await createControlPlane(serve("first"))).stop();
  const { code, err } = await runMain(["data", "backup", path("copy"), "--no-authority", "--data", path("first")]);
  expect([code, err]).toEqual([0, ""]);
  expect(await readdir(path("copy"))).toEqual(["portolan.db"]);
  expect((await runMain(["data", "verify", "--data", path("nowhere")])).code).toBe(1);
});
