import { IdentityError, loadCertificateAuthority, writeWorkloadFiles } from "@portolan/identity";
import { type Identity, type SpiffeId, spiffeId } from "@portolan/model";
import { SdkError } from "../error.ts";

export interface IssuedFiles {
  readonly uri: SpiffeId;
  /** About the authority's files. */
  readonly warnings: readonly string[];
}

/**
 * Issues a certificate by the authority in `ca` and writes the files that a machine needs.
 *
 * @throws SdkError `bad-data` where there is no authority; IdentityError
 */
export async function issueFiles(ca: string, identity: Identity, output: string): Promise<IssuedFiles> {
  const { authority, warnings } = await loadCertificateAuthority(ca, { missing: "refuse" }).catch((error: unknown) => {
    if (!(error instanceof IdentityError && error.code === "ca-incomplete")) throw error;
    const advice = `make an authority with "portolan ca init -o DIR", start a server, or name its directory with --ca or --data`;
    throw new SdkError("bad-data", `${error.message}: ${advice}`, { cause: error });
  });
  await writeWorkloadFiles(output, await authority.newCertificate(identity), authority.rootCertificates);
  return { uri: spiffeId(identity), warnings };
}
