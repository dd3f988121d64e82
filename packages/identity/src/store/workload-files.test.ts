import { createPrivateKey, X509Certificate } from "node:crypto";
import { lstat, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { identityOf, testAuthority } from "../testing/authority.ts";
import { temporaryFolder } from "../testing/openssl.ts";
import { WORKLOAD_FILES, writeWorkloadFiles } from "./workload-files.ts";

const reviews = identityOf("shop", "reviews");

test("0.05 a machine's bundle holds the root, and a key that fits its certificate", async () => {
  const directory = join(await temporaryFolder(), "bundle");
  const authority = await testAuthority();
  await writeWorkloadFiles(directory, await authority.newCertificate(reviews), authority.rootCertificates);
  expect((await readdir(directory)).sort()).toEqual([...WORKLOAD_FILES].sort());
  const text = (name: string) => readFile(join(directory, name), "utf8");
  const leaf = new X509Certificate(await text("cert-chain.pem"));
  expect(leaf.checkPrivateKey(createPrivateKey(await text("key.pem")))).toBe(true);
  expect(leaf.verify(new X509Certificate(await text("root-cert.pem")).publicKey)).toBe(true);
  const mode = async (name: string) => (await stat(join(directory, name))).mode & 0o777;
  expect([await mode("key.pem"), await mode("cert-chain.pem"), await mode(".")]).toEqual([0o600, 0o644, 0o700]);
});

test("S-15 a renewed key takes the place of a symbolic link, and what that led to is left alone", async () => {
  const directory = await temporaryFolder();
  const authority = await testAuthority();
  await writeFile(join(directory, "victim"), "precious");
  await symlink("victim", join(directory, "key.pem"));
  await writeWorkloadFiles(directory, await authority.newCertificate(reviews), authority.rootCertificates);
  expect(await readFile(join(directory, "victim"), "utf8")).toBe("precious");
  expect((await lstat(join(directory, "key.pem"))).isFile()).toBe(true);
  expect((await readdir(directory)).sort()).toEqual([...WORKLOAD_FILES, "victim"].sort());
});

test("a directory that cannot be written is named", async () => {
  const file = join(await temporaryFolder(), "file");
  await writeFile(file, "");
  const authority = await testAuthority();
  const written = writeWorkloadFiles(file, await authority.newCertificate(reviews), authority.rootCertificates);
  await expect(written).rejects.toMatchObject({ code: "not-writable", message: expect.stringContaining(file) });
});
