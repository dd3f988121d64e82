import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";

const run = promisify(execFile);

/** The real program, in a folder of the test's own. */
export async function openssl(cwd: string, ...parameters: string[]): Promise<string> {
  const { stdout, stderr } = await run("openssl", parameters, { cwd });
  return stdout + stderr;
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "portolan-identity-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
export const RSA = ["-newkey", "rsa:2048"];

export interface GivenAuthority {
  /** Of root and authority; `EC` or `RSA`. */
  readonly key?: readonly string[];
  readonly days?: number;
  readonly constraints?: string;
  /** Of the text of `cert-chain.pem`: which certificates it holds. */
  readonly chain?: readonly ("ca-cert.pem" | "root-cert.pem")[];
}

/** What an operator makes with OpenSSL: a root, an authority below it, and the four files. */
export async function giveAuthority(folder: string, given: GivenAuthority = {}): Promise<void> {
  const {
    key = EC,
    days = 30,
    constraints = "critical,CA:TRUE,pathlen:0",
    chain = ["ca-cert.pem", "root-cert.pem"],
  } = given;
  const root = [
    "-subj",
    "/O=Example/CN=Example Root",
    "-days",
    "60",
    "-keyout",
    "root-key.pem",
    "-out",
    "root-cert.pem",
  ];
  await openssl(folder, "req", "-x509", ...key, "-nodes", ...root, "-addext", "keyUsage=critical,keyCertSign,cRLSign");
  await openssl(
    folder,
    "req",
    ...key,
    "-nodes",
    "-subj",
    "/O=Example/CN=Intermediate é",
    "-utf8",
    "-keyout",
    "ca-key.pem",
    "-out",
    "ca.csr",
  );
  const extensions = `basicConstraints=${constraints}\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n`;
  await writeFile(join(folder, "ca.ext"), extensions);
  const sign = ["-CA", "root-cert.pem", "-CAkey", "root-key.pem", "-CAcreateserial", "-extfile", "ca.ext"];
  await openssl(folder, "x509", "-req", "-in", "ca.csr", ...sign, "-days", String(days), "-out", "ca-cert.pem");
  const texts = await Promise.all(chain.map((name) => readFile(join(folder, name), "utf8")));
  await writeFile(join(folder, "cert-chain.pem"), texts.join(""));
}
