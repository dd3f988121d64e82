import { execFile } from "node:child_process";
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { followChannel } from "../testing/follow-channel.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { loadAdminToken } from "./token.ts";

test.each([0o000, 0o022, 0o077])("S-15 S-31 the token is made once, 0600, under umask %o", async (mask) => {
  await using folder = await temporaryFolder();
  const former = process.umask(mask);
  try {
    const token = await loadAdminToken(folder.path);
    const file = join(folder.path, "admin.token");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, "utf8")).toBe(`${token.reveal()}\n`);
    expect(Buffer.from(token.reveal(), "base64url")).toHaveLength(32);
    expect((await loadAdminToken(folder.path)).reveal()).toBe(token.reveal());
    expect(await readdir(folder.path)).toEqual(["admin.token"]);
  } finally {
    process.umask(former);
  }
});

test("S-31 many that start at once have one token", async () => {
  await using folder = await temporaryFolder();
  const tokens = await Promise.all(Array.from({ length: 20 }, () => loadAdminToken(folder.path)));
  expect(new Set(tokens.map((token) => token.reveal())).size).toBe(1);
  expect(await readdir(folder.path)).toEqual(["admin.token"]);
});

test("S-31 two processes that start at once have one token", async () => {
  await using folder = await temporaryFolder();
  const module = new URL("./token.ts", import.meta.url).href;
  const script = `import(${JSON.stringify(module)}).then(async (m) => console.log((await m.loadAdminToken(${JSON.stringify(folder.path)})).reveal()))`;
  const starts = Array.from({ length: 2 }, () => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    execFile(process.execPath, ["-e", script], (error, out) => (error === null ? resolve(out) : reject(error)));
    return promise;
  });
  const [first, second] = await Promise.all(starts);
  expect(first).toBe(second);
  expect(first?.trim()).toHaveLength(43);
});

test("S-15 a token that others can read is used and warned of", async () => {
  await using folder = await temporaryFolder();
  const file = await folder.write("admin.token", "0123456789abcdef\n");
  await chmod(file, 0o644);
  using warnings = followChannel<{ text: string }>("portolan:sdk:warning");
  expect((await loadAdminToken(folder.path)).reveal()).toBe("0123456789abcdef");
  expect(warnings.messages.map(({ text }) => text)).toEqual([
    expect.stringMatching(/admin\.token can be used by other users .*0644.*chmod 0600/),
  ]);
});

test("a file without a token is refused, and the message says what to do", async () => {
  await using folder = await temporaryFolder();
  await folder.write("admin.token", "\n");
  await expect(loadAdminToken(folder.path)).rejects.toMatchObject({
    code: "bad-data",
    message: expect.stringContaining("remove it"),
  });
});

test("S-15 a symbolic link in the token's place is not written through", async () => {
  await using folder = await temporaryFolder();
  const victim = join(folder.path, "victim");
  await symlink(victim, join(folder.path, "admin.token"));
  await expect(loadAdminToken(folder.path)).rejects.toMatchObject({ code: "data-not-writable" });
  expect(await readdir(folder.path)).toEqual(["admin.token"]);
});

test("a folder that is none, or cannot be written, is named", async () => {
  await using folder = await temporaryFolder();
  const missing = join(folder.path, "missing");
  await expect(loadAdminToken(missing)).rejects.toMatchObject({
    code: "data-not-writable",
    message: expect.stringContaining(missing),
  });
  const file = join(folder.path, "file");
  await writeFile(file, "");
  await expect(loadAdminToken(file)).rejects.toMatchObject({ code: "data-not-writable" });
  await mkdir(join(folder.path, "admin.token"));
  await expect(loadAdminToken(folder.path)).rejects.toMatchObject({ code: "data-not-writable" });
});
