import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { CertificateSecret } from "../authority/authority.ts";
import { IdentityError } from "../error.ts";
import { replaceFile } from "./private-file.ts";

/** What is put on a machine: the names that Istio's agent reads below `/etc/certs`. */
export const WORKLOAD_FILES = ["root-cert.pem", "key.pem", "cert-chain.pem"] as const;

/**
 * Writes `root-cert.pem`, `key.pem` (0600) and `cert-chain.pem` into a directory, which is made (0700) where it is
 * missing. Each takes the place of the old one at once, the certificate last.
 *
 * @throws IdentityError `not-writable`
 */
export async function writeWorkloadFiles(
  directory: string,
  certificate: CertificateSecret,
  rootCertificates: string,
): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await replaceFile(join(directory, "root-cert.pem"), rootCertificates, 0o644);
    await replaceFile(join(directory, "key.pem"), certificate.privateKey.reveal(), 0o600);
    await replaceFile(join(directory, "cert-chain.pem"), certificate.certificateChain, 0o644);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new IdentityError("not-writable", `${directory} cannot be written (${code})`, { cause });
  }
}
