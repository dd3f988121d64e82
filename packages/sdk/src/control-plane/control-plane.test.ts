import { access, readdir, readFile, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { queryDns } from "@portolan/dns";
import { RegistryError } from "@portolan/registry";
import { expect, test } from "vitest";
import { SdkError } from "../error.ts";
import { parseListenAddress } from "../listen-address.ts";
import { holdPort } from "../testing/hold-port.ts";
import { entry } from "../testing/manifests.ts";
import { ask } from "../testing/request.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { until } from "../testing/until.ts";
import { createControlPlane } from "./control-plane.ts";
import type { ControlPlaneOptions } from "./options.ts";

const place = (text: string) => parseListenAddress(text, "test");

async function failureOfStart(options: ControlPlaneOptions): Promise<SdkError> {
  const error: unknown = await createControlPlane(options).then(
    (started) => started.stop().then(() => new Error("it started")),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SdkError);
  return error as SdkError;
}

/** Everything that this process listens on, or connects by. */
const openSockets = () => process.getActiveResourcesInfo().filter((name) => /TCP|Pipe|UDP|Server/.test(name)).length;

test("everything runs in process on free ports, and is gone after stop", async () => {
  await using folder = await temporaryFolder();
  await folder.write("mesh/reviews.yaml", entry("reviews"));
  const mesh = await createControlPlane({ config: [join(folder.path, "mesh")] });
  const { xds, dns = "", admin = "", xdsPlaintext } = mesh.listening;
  expect([xds, dns, admin]).toEqual(Array(3).fill(expect.stringMatching(/^127\.0\.0\.1:\d+$/)));
  expect(xdsPlaintext).toBeUndefined();
  expect(mesh.snapshot.services.size).toBe(1);
  expect((await ask(admin, "/ready", { headers: { host: "localhost" } })).status).toBe(200);
  const [address = "", port = ""] = dns.split(":");
  const { answers } = await queryDns({ server: address, port: Number(port), name: "reviews.shop.global" });
  expect(answers).toHaveLength(1);
  const data = dirname(mesh.adminSocket);
  await access(join(data, "admin.token"));

  await Promise.all([mesh.stop(), mesh.stop()]);
  await mesh.stop();
  await expect(access(data)).rejects.toThrow("ENOENT");
  await expect(ask(admin, "/live")).rejects.toThrow("ECONNREFUSED");
  await expect(ask(mesh.adminSocket, "/live")).rejects.toThrow();
});

test("an edit of a file is served without a restart", async () => {
  await using folder = await temporaryFolder();
  await folder.write("mesh/reviews.yaml", entry("reviews"));
  await using mesh = await createControlPlane({ config: [join(folder.path, "mesh")] });
  const published = Promise.withResolvers<number>();
  mesh.registry.onPublish((snapshot) => published.resolve(snapshot.services.size));
  await folder.write("mesh/ratings.yaml", entry("ratings"));
  expect(await published.promise).toBe(2);
});

test("what the admin API wrote is there after a restart on the same data", async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  {
    await using first = await createControlPlane({ data });
    const written = await ask(first.adminSocket, "/api/v1/apply", { method: "POST", body: entry("reviews") });
    expect(written.status).toBe(200);
  }
  await using second = await createControlPlane({ data });
  expect(second.snapshot.services.size).toBe(1);
});

test("with `nowhere` nothing listens, and no folder is made", async () => {
  await using folder = await temporaryFolder();
  const before = openSockets();
  await using mesh = await createControlPlane({
    config: [await folder.write("reviews.yaml", entry("reviews"))],
    listen: "nowhere",
  });
  expect(mesh.snapshot.services.size).toBe(1);
  expect(mesh.listening).toEqual({});
  // Those of the tests before may close meanwhile.
  await until("no socket is open that was not before", () => openSockets() <= before);
  expect(await mesh.applied()).toEqual({ applied: true, revision: mesh.snapshot.revision, waiting: [] });
});

test.each([
  ["--xds", "xds"],
  ["--xds-plaintext", "xdsPlaintext"],
  ["--dns", "dns"],
  ["--admin", "admin"],
] as const)("a port in use for %s names flag and holder, and leaves nothing open", async (flag, option) => {
  await using folder = await temporaryFolder();
  const { holder, port } = await holdPort();
  const before = openSockets();
  const data = join(folder.path, "data");
  try {
    const error = await failureOfStart({ data, [option]: place(`127.0.0.1:${port}`) });
    expect(error.code).toBe("port-in-use");
    expect(error.message).toMatch(
      new RegExp(`^${flag} 127\\.0\\.0\\.1:${port} is in use by this process itself \\(pid ${process.pid}\\): `),
    );
    await until("every socket is closed", () => openSockets() <= before);
    expect(await readdir(data)).not.toContain("admin.sock");
  } finally {
    holder.close();
  }
  // The folder is free again.
  await (await createControlPlane({ data })).stop();
});

test("two addresses that are the same are told apart by their flags", async () => {
  // Of an address that nobody else listens on, so that what was free stays so.
  const address = "127.0.8.8";
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, address, resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  const both = place(`${address}:${port}`);
  const { code, message } = await failureOfStart({ xds: both, xdsPlaintext: both });
  expect([code, message]).toEqual(["port-in-use", expect.stringContaining("--xds-plaintext")]);
});

test.each(["xds", "dns", "admin"] as const)(
  "an address that this machine lacks is a usage error (%s)",
  async (option) => {
    const { code, message } = await failureOfStart({ [option]: place("192.0.2.1:0") });
    expect([code, message]).toEqual([
      "usage",
      expect.stringContaining(`--${option} 192.0.2.1:0: this machine has no such address`),
    ]);
  },
);

test("S-02 plaintext xDS is refused on an address that is not loopback, whatever else is asked", async () => {
  for (const address of ["0.0.0.0:0", "192.0.2.1:15010", "[::]:0"]) {
    const { code, message } = await failureOfStart({ xdsPlaintext: place(address) });
    expect([code, message]).toEqual(["usage", expect.stringContaining("is not a loopback address")]);
  }
});

test("a name to advertise that is none is a usage error", async () => {
  const { code, message } = await failureOfStart({ advertise: ["not a name"] });
  expect([code, message]).toEqual(["usage", expect.stringContaining('--advertise "not a name"')]);
});

test("a second control plane on one data folder is refused, and the first keeps its socket", async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  await using first = await createControlPlane({ data });
  await expect(createControlPlane({ data })).rejects.toMatchObject({ code: "data-in-use" });
  expect((await ask(first.adminSocket, "/live")).status).toBe(200);
});

test("a data folder that cannot be made, or was written by a newer version, is refused by name", async () => {
  await using folder = await temporaryFolder();
  const inFile = join(await folder.write("file", ""), "data");
  await expect(createControlPlane({ data: inFile })).rejects.toMatchObject({
    code: "data-not-writable",
    message: expect.stringContaining(inFile),
  });
  const newer = join(folder.path, "newer");
  await (await createControlPlane({ data: newer })).stop();
  const database = new DatabaseSync(join(newer, "portolan.db"));
  database.exec("UPDATE schema SET version = 9999");
  database.close();
  await expect(createControlPlane({ data: newer })).rejects.toMatchObject({ code: "data-newer" });
});

test("a broken authority stops the start with the file's name", async () => {
  await using folder = await temporaryFolder();
  const file = await folder.write("data/ca/ca-key.pem", "no key");
  await expect(createControlPlane({ data: join(folder.path, "data") })).rejects.toMatchObject({
    name: "IdentityError",
    message: expect.stringContaining(dirname(file)),
  });
});

test("a data folder whose path is too long for a Unix socket is a usage error", async () => {
  const { code, message } = await failureOfStart({ data: `/tmp/${"long/".repeat(40)}` });
  expect([code, message]).toEqual(["usage", expect.stringContaining("too long for a Unix socket")]);
});

test("strict refuses a bad object and leaves nothing open; otherwise the rest is served", async () => {
  await using folder = await temporaryFolder();
  await folder.write("mesh.yaml", `${entry("reviews")}---\n${entry("bad", { port: 99999 })}`);
  const config = [join(folder.path, "mesh.yaml")];
  const before = openSockets();
  const error: unknown = await createControlPlane({ config, strict: true }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RegistryError);
  expect(error).toMatchObject({
    code: "bad-objects",
    message: expect.stringMatching(/mesh\.yaml:\d+:\d+ spec\.ports/),
  });
  await until("every socket is closed", () => openSockets() <= before);
  await using mesh = await createControlPlane({ config });
  expect(mesh.snapshot.services.size).toBe(1);
});

test("S-15 what is written in the data folder is this user's alone", async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  const umask = process.umask(0);
  try {
    await using mesh = await createControlPlane({ data });
    const modes = await Promise.all(
      ["admin.token", "admin.sock", "portolan.db", "ca/ca-key.pem"].map(async (name) => [
        name,
        (await stat(join(data, name))).mode & 0o777,
      ]),
    );
    for (const [name, mode] of modes) expect([name, mode]).toEqual([name, 0o600]);
    expect((await stat(data)).mode & 0o777).toBe(0o700);
    expect((await readFile(join(data, "admin.token"), "utf8")).trim()).toMatch(/^[-_A-Za-z0-9]{43}$/);
    expect(mesh.adminSocket).toBe(join(data, "admin.sock"));
  } finally {
    process.umask(umask);
  }
});
