import { loadCertificateAuthority, writeWorkloadFiles } from "@portolan/identity";
import { type Identity, type SpiffeId, spiffeId } from "@portolan/model";

/** Issues a certificate by the authority in `ca` and writes the files that a machine needs. */
export async function issueFiles(ca: string, identity: Identity, output: string): Promise<SpiffeId> {
  const { authority } = await loadCertificateAuthority(ca, { missing: "refuse" });
  await writeWorkloadFiles(output, await authority.newCertificate(identity), authority.rootCertificates);
  return spiffeId(identity);
}
