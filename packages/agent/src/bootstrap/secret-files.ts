import { create, SecretSchema, toJson, typeUrlOf } from "@portolan/envoy";
import { CERTIFICATE_SECRET, TRUST_SECRET } from "@portolan/identity";
import type { BootstrapAuthentication } from "./options.ts";

/** A file that a bootstrap refers to. */
export interface SecretFile {
  readonly path: string;
  readonly text: string;
}

export function secretFilePaths(start: string): { readonly certificate: string; readonly trust: string } {
  return { certificate: `${start}.certificate.json`, trust: `${start}.trust.json` };
}

/**
 * Envoy takes up renewed files only of secrets that come by SDS, here from a file (one secret a file), and when a file is
 * renamed into their folder. It reads certificate and key together: while they do not fit, it keeps the old ones.
 */
export function secretFiles(authentication: BootstrapAuthentication): readonly SecretFile[] {
  if (authentication.kind === "plaintext" || authentication.secretFiles === undefined) return [];
  const { certificates } = authentication;
  const paths = secretFilePaths(authentication.secretFiles);
  const watchedDirectory = { path: certificates };
  const file = (name: string) => ({ specifier: { case: "filename" as const, value: `${certificates}/${name}` } });
  const certificate = create(SecretSchema, {
    name: CERTIFICATE_SECRET,
    type: {
      case: "tlsCertificate",
      value: { certificateChain: file("cert-chain.pem"), privateKey: file("key.pem"), watchedDirectory },
    },
  });
  const trust = create(SecretSchema, {
    name: TRUST_SECRET,
    type: { case: "validationContext", value: { trustedCa: file("root-cert.pem"), watchedDirectory } },
  });
  return [
    { path: paths.certificate, text: discoveryFile(certificate) },
    { path: paths.trust, text: discoveryFile(trust) },
  ];
}

function discoveryFile(secret: Parameters<typeof toJson<typeof SecretSchema>>[1]): string {
  const json = toJson(SecretSchema, secret, { useProtoFieldName: true }) as object;
  return `${JSON.stringify({ resources: [{ "@type": typeUrlOf(SecretSchema), ...json }] }, null, 2)}\n`;
}
