import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CertificateAuthority, loadCertificateAuthority, writeWorkloadFiles } from "@portolan/identity";
import { type Identity, parseSpiffeId } from "@portolan/model";
import { machineFiles } from "../machine/files.ts";
import { temporaryFolder } from "./folder.ts";

export function identityOf(namespace: string, account: string): Identity {
  const identity = parseSpiffeId(`spiffe://cluster.local/ns/${namespace}/sa/${account}`);
  if (!identity.ok) throw new Error(identity.error);
  return identity.value;
}

/** Its files are gone once it is loaded. */
export async function testAuthority(): Promise<CertificateAuthority> {
  const folder = await mkdtemp(join(tmpdir(), "portolan-agent-"));
  try {
    return (await loadCertificateAuthority(join(folder, "ca"))).authority;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A machine's four files, all in one folder. */
export async function testMachine(authority: CertificateAuthority, clusterEnv = "ISTIO_SERVICE_CIDR=172.21.0.0/16\n") {
  const directory = join(await temporaryFolder(), "machine");
  await mkdir(directory);
  const certificate = await authority.newCertificate(identityOf("shop", "web"));
  await writeWorkloadFiles(directory, certificate, authority.rootCertificates);
  await writeFile(join(directory, "cluster.env"), clusterEnv);
  return { directory, files: machineFiles(directory) };
}
