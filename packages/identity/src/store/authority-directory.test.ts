import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, lstat, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { HOUR_MS, identityOf } from "../testing/authority.ts";
import { EC, type GivenAuthority, giveAuthority, openssl, RSA, temporaryFolder } from "../testing/openssl.ts";
import { AUTHORITY_FILES, loadCertificateAuthority } from "./authority-directory.ts";
import { nodeBindings } from "./node.ts";

// OpenSSL draws RSA keys here, for seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const reviews = identityOf("shop", "reviews");

async function pick(folder: string): Promise<string> {
  const directory = join(folder, "ca");
  await mkdir(directory);
  for (const name of AUTHORITY_FILES) {
    await writeFile(join(directory, name), await readFile(join(folder, name)), { mode: 0o600 });
  }
  return directory;
}

async function given(options?: GivenAuthority): Promise<{ folder: string; directory: string }> {
  const folder = await temporaryFolder();
  await giveAuthority(folder, options);
  return { folder, directory: await pick(folder) };
}

/** What a verifier that knows only the root does with what a server sends. */
async function verify(folder: string, chain: string): Promise<string> {
  const [leaf = "", ...rest] = chain.split(/(?<=-----END CERTIFICATE-----\n)/);
  await writeFile(join(folder, "leaf.pem"), leaf);
  await writeFile(join(folder, "sent.pem"), rest.join(""));
  const untrusted = rest.join("").trim() === "" ? [] : ["-untrusted", "sent.pem"];
  return openssl(folder, "verify", "-x509_strict", "-CAfile", "root-cert.pem", ...untrusted, "leaf.pem");
}

test.each<[string, GivenAuthority]>([
  ["EC", {}],
  ["RSA", { key: RSA }],
  ["EC P-384", { key: ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"] }],
  ["a chain without the root", { chain: ["ca-cert.pem"] }],
  ["a chain in the other order", { chain: ["root-cert.pem", "ca-cert.pem"] }],
])("0.01 every leaf chains to the root that the operator gave: %s", async (_, options) => {
  const { folder, directory } = await given(options);
  const { authority, created, warnings } = await loadCertificateAuthority(directory);
  expect({ created, warnings }).toEqual({ created: false, warnings: [] });
  const leaves = [
    await authority.newCertificate(reviews),
    await authority.newServerCertificate({ identity: reviews, dnsNames: ["reviews.shop"] }),
  ];
  for (const { certificateChain } of leaves) {
    expect(certificateChain.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(await verify(folder, certificateChain)).toBe("leaf.pem: OK\n");
  }
  expect(authority.rootCertificates.trim()).toBe((await readFile(join(folder, "root-cert.pem"), "utf8")).trim());
});

test.each([
  ["EC PRIVATE KEY", EC, ["ec"]],
  ["RSA PRIVATE KEY", RSA, ["rsa", "-traditional"]],
])("0.01 a key may be %s", async (header, key, [command = "", ...rest]) => {
  const { folder, directory } = await given({ key });
  const file = join(directory, "ca-key.pem");
  await openssl(folder, command, "-in", "ca-key.pem", ...rest, "-out", file);
  expect(await readFile(file, "utf8")).toContain(header);
  const { authority } = await loadCertificateAuthority(directory);
  expect(await verify(folder, (await authority.newCertificate(reviews)).certificateChain)).toBe("leaf.pem: OK\n");
});

test("an authority is made on first start, and found again", async () => {
  const folder = await temporaryFolder();
  const directory = join(folder, "data", "ca");
  const first = await loadCertificateAuthority(directory);
  const second = await loadCertificateAuthority(directory, { missing: "refuse" });
  expect([first.created, second.created]).toEqual([true, false]);
  expect(second.authority.rootCertificates).toBe(first.authority.rootCertificates);
  await writeFile(join(folder, "root-cert.pem"), first.authority.rootCertificates);
  expect(await verify(folder, (await second.authority.newCertificate(reviews)).certificateChain)).toBe(
    "leaf.pem: OK\n",
  );
});

type Change = (directory: string, folder: string) => Promise<unknown>;
const foreign =
  (name: string, file = name): Change =>
  async (directory) => {
    const other = await temporaryFolder();
    await giveAuthority(other);
    await writeFile(join(directory, file), await readFile(join(other, name)));
  };

test.each<[string, string, string, Change]>([
  ["half a set", "ca-incomplete", "but not ca-key.pem", (d) => rm(join(d, "ca-key.pem"))],
  ["the key of another", "key-mismatch", "ca-cert.pem", foreign("ca-key.pem")],
  ["the root of another", "chain-broken", "root-cert.pem", foreign("root-cert.pem")],
  ["no certificate", "bad-certificate", "cert-chain.pem", (d) => writeFile(join(d, "cert-chain.pem"), "hello")],
  [
    "a broken certificate",
    "bad-certificate",
    "ca-cert.pem",
    async (d) => {
      const pem = await readFile(join(d, "ca-cert.pem"), "utf8");
      await writeFile(join(d, "ca-cert.pem"), pem.replace(/\n[^\n]{20}/, "\n"));
    },
  ],
  ["no key", "bad-key", "ca-key.pem", (d) => writeFile(join(d, "ca-key.pem"), "-----BEGIN PRIVATE KEY-----\nAAAA\n")],
  [
    "an encrypted key",
    "bad-key",
    "is encrypted",
    (d, f) =>
      openssl(f, "pkcs8", "-topk8", "-in", "ca-key.pem", "-passout", "pass:secret", "-out", join(d, "ca-key.pem")),
  ],
  [
    "a directory for a file",
    "not-readable",
    "root-cert.pem",
    async (d) => {
      await rm(join(d, "root-cert.pem"));
      await mkdir(join(d, "root-cert.pem"));
    },
  ],
])("%s is refused, naming it", async (_, code, message, change) => {
  const { folder, directory } = await given();
  await change(directory, folder);
  const error = await loadCertificateAuthority(directory).catch((cause: unknown) => cause);
  expect(error).toMatchObject({ name: "IdentityError", code, message: expect.stringContaining(message) });
  expect(String(error)).toContain(directory);
});

test.each<[string, string, GivenAuthority]>([
  ["not an authority", "not-a-ca", { constraints: "critical,CA:FALSE" }],
  ["too weak", "weak-key", { key: ["-newkey", "rsa:1024"] }],
])("a certificate that is %s is refused", async (_, code, options) => {
  const { directory } = await given(options);
  await expect(loadCertificateAuthority(directory)).rejects.toMatchObject({ code });
});

test("an authority is refused before and after its time", async () => {
  const { directory } = await given({ days: 10 });
  const at = (nowMs: number) =>
    loadCertificateAuthority(directory, { bindings: { crypto: nodeBindings.crypto, now: () => nowMs } });
  await expect(at(Date.now() + 11 * 24 * HOUR_MS)).rejects.toMatchObject({ code: "ca-expired" });
  await expect(at(Date.now() - HOUR_MS)).rejects.toMatchObject({ code: "ca-not-yet-valid" });
  await at(Date.now() + 9 * 24 * HOUR_MS);
});

test("S-15 a key that others can read is warned of", async () => {
  const { directory } = await given();
  await chmod(join(directory, "ca-key.pem"), 0o644);
  const { warnings } = await loadCertificateAuthority(directory);
  expect(warnings).toEqual([
    expect.stringContaining("ca-key.pem can be used by other users of this machine (mode 0644)"),
  ]);
});

/** Processes of their own, since a umask belongs to a process, and so that they truly race. */
async function starters(directory: string, umasks: readonly number[]): Promise<string[]> {
  const code = `process.umask(Number(process.argv[1]));
    const { loadCertificateAuthority } = await import(${JSON.stringify(join(import.meta.dirname, "authority-directory.ts"))});
    const { authority } = await loadCertificateAuthority(process.argv[2]);
    process.stdout.write(authority.rootCertificates);`;
  return Promise.all(
    umasks.map(async (umask) => {
      const child = spawn(process.execPath, ["--input-type=module", "-e", code, String(umask), directory], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let printed = "";
      child.stdout.on("data", (chunk) => {
        printed += chunk;
      });
      await once(child, "close");
      return printed;
    }),
  );
}

test.each([0o000, 0o077])("S-15 files are 0600 in 0700 under umask %i", async (umask) => {
  const directory = join(await temporaryFolder(), "data", "ca");
  await starters(directory, [umask]);
  const modes = async (path: string) => (await stat(path)).mode & 0o777;
  expect(await modes(directory)).toBe(0o700);
  expect(await modes(join(directory, ".."))).toBe(0o700);
  for (const name of AUTHORITY_FILES) expect(await modes(join(directory, name))).toBe(0o600);
});

test("of several that start at once, all end with one authority and leave nothing else", async () => {
  const directory = join(await temporaryFolder(), "ca");
  const roots = await starters(directory, [0, 0, 0, 0, 0]);
  expect(new Set(roots).size).toBe(1);
  expect(roots[0]).toContain("BEGIN CERTIFICATE");
  expect((await readdir(directory)).sort()).toEqual([...AUTHORITY_FILES].sort());
  expect(await readdir(join(directory, ".."))).toEqual(["ca"]);
});

test("S-15 a symbolic link where the directory belongs is not followed", async () => {
  const folder = await temporaryFolder();
  const directory = join(folder, "ca");
  await mkdir(join(folder, "elsewhere"));
  await symlink("elsewhere", directory);
  await expect(loadCertificateAuthority(directory)).rejects.toMatchObject({ code: "ca-incomplete" });
  expect(await readdir(join(folder, "elsewhere"))).toEqual([]);
  expect((await lstat(directory)).isSymbolicLink()).toBe(true);
  expect((await readdir(folder)).sort()).toEqual(["ca", "elsewhere"]);
});

test("a directory that cannot be made is named", async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "data"), "");
  const error = loadCertificateAuthority(join(folder, "data", "ca"));
  await expect(error).rejects.toMatchObject({ code: "not-writable", message: expect.stringContaining("data/ca") });
  await expect(loadCertificateAuthority(join(folder, "none"), { missing: "refuse" })).rejects.toMatchObject({
    code: "ca-incomplete",
  });
  expect(await readdir(folder)).toEqual(["data"]);
});
