import { X509Certificate } from "node:crypto";
import { fail, ok, type Result } from "@portolan/model";

/** Who is at the other end, as far as the channel proves it. */
export type Peer =
  | {
      readonly transport: "mtls";
      /** The one URI SAN of its verified certificate. */
      readonly spiffe: string;
      /** IP and port. */
      readonly address: string;
    }
  | { readonly transport: "plaintext"; readonly address: string };

const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
const MIN_RSA_BITS = 2048;

/**
 * The identity of a certificate whose chain and dates TLS has verified: exactly one URI SAN (X.509-SVID, section 2), not
 * an authority's own, for client authentication, and with a key that is not too short.
 */
export function identityOfCertificate(der: Uint8Array): Result<string> {
  const certificate = new X509Certificate(der);
  if (certificate.ca) return fail("the client certificate is one of an authority (CA:TRUE)");
  // @types/node gives it as always there; it is undefined without the extension.
  const usages = certificate.keyUsage as readonly string[] | undefined;
  if (usages !== undefined && !usages.includes(CLIENT_AUTH)) {
    return fail("the client certificate is not for client authentication (extended key usage)");
  }
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
  if (asymmetricKeyType?.startsWith("rsa") && (asymmetricKeyDetails?.modulusLength ?? 0) < MIN_RSA_BITS) {
    return fail(`the client certificate's RSA key has less than ${MIN_RSA_BITS} bits`);
  }
  const uris = uriNames(certificate.subjectAltName ?? "");
  const [uri, ...more] = uris;
  if (uri === undefined) return fail("the client certificate has no URI SAN");
  if (more.length > 0) return fail(`the client certificate has ${uris.length} URI SANs; exactly one is needed`);
  return ok(uri);
}

/** Node writes `TYPE:value, TYPE:"quoted value"`; quotes stand where a value holds what would deceive a reader. */
function uriNames(subjectAltName: string): string[] {
  const names: string[] = [];
  for (const [, type, quoted, plain] of subjectAltName.matchAll(/(?:^|, )([^:,]+):(?:("(?:[^"\\]|\\.)*")|([^,]*))/g)) {
    if (type !== "URI") continue;
    names.push(quoted === undefined ? (plain ?? "") : String(JSON.parse(quoted)));
  }
  return names;
}
