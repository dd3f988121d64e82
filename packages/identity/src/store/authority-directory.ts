import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type CertificateAuthority, createCertificateAuthority } from "../authority/authority.ts";
import { createRoot } from "../authority/root.ts";
import { IdentityError } from "../error.ts";
import { importKey } from "./import-key.ts";
import { type NodeBindings, nodeBindings } from "./node.ts";
import { createDirectory } from "./private-file.ts";

export const AUTHORITY_FILES = ["ca-cert.pem", "ca-key.pem", "root-cert.pem", "cert-chain.pem"] as const;
type AuthorityFile = (typeof AUTHORITY_FILES)[number];

export interface LoadOptions {
  /** What to do where the directory holds none of the four files; default `create`. */
  readonly missing?: "create" | "refuse";
  /** Longest lifetime of a leaf; default 24 h. */
  readonly maxTtlMs?: number;
  readonly bindings?: Pick<NodeBindings, "crypto" | "now">;
}

export interface LoadedAuthority {
  readonly authority: CertificateAuthority;
  /** Whether this call made the files. */
  readonly created: boolean;
  /** One sentence each, such as a key that others can read. */
  readonly warnings: readonly string[];
}

/**
 * The authority of `ca-cert.pem`, `ca-key.pem`, `root-cert.pem` and `cert-chain.pem` in a directory: the operator's, or
 * made on first start. Several processes may start at once: all end with the same authority.
 *
 * @throws IdentityError naming the file: `ca-incomplete`, `not-readable`, `not-writable`, `bad-key`, and those of
 * `createCertificateAuthority`
 */
export async function loadCertificateAuthority(directory: string, options: LoadOptions = {}): Promise<LoadedAuthority> {
  const { missing = "create", maxTtlMs, bindings = nodeBindings } = options;
  const { crypto, now } = bindings;
  let files = await readAuthority(directory);
  let created = false;
  if (files === undefined && missing === "create") {
    created = await makeAuthority(directory, { crypto, now });
    files = await readAuthority(directory);
  }
  if (files === undefined) {
    const message = `${directory} holds none of ${AUTHORITY_FILES.join(", ")}`;
    const advice =
      missing === "create" ? "; it must be a directory that is empty or does not exist, or hold all four" : "";
    throw new IdentityError("ca-incomplete", message + advice);
  }
  const named = (name: AuthorityFile) => ({ name: join(directory, name), text: files[name] });
  const keyFile = join(directory, "ca-key.pem");
  const authority = await createCertificateAuthority({
    files: { authority: named("ca-cert.pem"), chain: named("cert-chain.pem"), roots: named("root-cert.pem") },
    signingKey: await importKey(keyFile, files["ca-key.pem"], crypto),
    crypto,
    now,
    ...(maxTtlMs === undefined ? {} : { maxTtlMs }),
  });
  return { authority, created, warnings: await openKeyWarnings(keyFile) };
}

/** Undefined where there is none of the files. */
async function readAuthority(directory: string): Promise<Record<AuthorityFile, string> | undefined> {
  const texts = await Promise.all(AUTHORITY_FILES.map((name) => readIfThere(join(directory, name))));
  const missing = AUTHORITY_FILES.filter((_, index) => texts[index] === undefined);
  if (missing.length === AUTHORITY_FILES.length) return undefined;
  if (missing.length > 0) {
    const rest = AUTHORITY_FILES.filter((name) => !missing.includes(name));
    const message = `${directory} holds ${rest.join(", ")} but not ${missing.join(", ")}`;
    throw new IdentityError("ca-incomplete", `${message}; give all four, or none to have them made`);
  }
  return Object.fromEntries(AUTHORITY_FILES.map((name, index) => [name, texts[index] ?? ""])) as Record<
    AuthorityFile,
    string
  >;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new IdentityError("not-readable", `${file} cannot be read (${code})`, { cause });
  }
}

async function makeAuthority(
  directory: string,
  { crypto, now }: Pick<NodeBindings, "crypto" | "now">,
): Promise<boolean> {
  const root = await createRoot({ crypto, nowMs: now() });
  const texts: Record<AuthorityFile, string> = {
    "ca-cert.pem": root.caCert,
    "ca-key.pem": root.caKey.reveal(),
    "root-cert.pem": root.rootCert,
    "cert-chain.pem": root.certChain,
  };
  try {
    return await createDirectory(
      directory,
      AUTHORITY_FILES.map((name) => ({ name, text: texts[name], mode: 0o600 })),
    );
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new IdentityError("not-writable", `${directory} cannot be created (${code})`, { cause });
  }
}

async function openKeyWarnings(keyFile: string): Promise<string[]> {
  const { mode } = await stat(keyFile);
  if (process.platform === "win32" || (mode & 0o077) === 0) return [];
  const octal = (mode & 0o777).toString(8).padStart(4, "0");
  return [`${keyFile} can be used by other users of this machine (mode ${octal}): chmod 0600 it`];
}
