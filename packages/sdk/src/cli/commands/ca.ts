import { join } from "node:path";
import { DEFAULT_TRUST_DOMAIN, parseTrustDomain } from "@portolan/model";
import type { Command } from "commander";
import { parseIdentity } from "../../control-plane/identity.ts";
import { SdkError } from "../../error.ts";
import type { Invocation } from "../invocation.ts";

/** `ca init` and `ca issue`: work on the authority's files, with or without a server. */
export function addCaCommands(program: Command, invocation: Invocation): void {
  const talk = (text: string) => invocation.terminal.talk(text);
  const ca = program.command("ca").description("the certificate authority of the mesh");
  ca.command("init")
    .description("make a new authority: ca-cert.pem, ca-key.pem, root-cert.pem, cert-chain.pem")
    .requiredOption("-o, --output <dir>", "directory for the files")
    .action(async (options: { output: string }) => {
      const { loadCertificateAuthority } = await import("@portolan/identity");
      const { created, warnings } = await loadCertificateAuthority(options.output);
      for (const text of warnings) talk(`warning: ${text}\n`);
      if (created) talk(`a new authority is in ${options.output}; keep ca-key.pem to yourself\n`);
      else talk(`${options.output} holds an authority already: it was checked and stays\n`);
    });
  ca.command("issue")
    .description("issue a certificate to a workload: root-cert.pem, cert-chain.pem, key.pem")
    .requiredOption("--service-account <name>", "the workload's service account")
    .requiredOption("-o, --output <dir>", "directory for the files")
    .option("--ca <dir>", "directory of the authority (default DATA/ca)")
    .option("--trust-domain <domain>", "trust domain of the mesh", DEFAULT_TRUST_DOMAIN)
    .action(async (options: { serviceAccount: string; output: string; ca?: string; trustDomain: string }) => {
      const trustDomain = parseTrustDomain(options.trustDomain);
      if (!trustDomain.ok) throw new SdkError("usage", trustDomain.error);
      const identity = parseIdentity(trustDomain.value, invocation.namespace ?? "default", options.serviceAccount);
      const { issueFiles } = await import("../../control-plane/issue-files.ts");
      const { uri, warnings } = await issueFiles(options.ca ?? join(invocation.data, "ca"), identity, options.output);
      for (const text of warnings) talk(`warning: ${text}\n`);
      talk(`issued ${uri} in ${options.output}\n`);
    });
}
