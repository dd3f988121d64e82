import { type Identity, type IpAddress, spiffeId } from "@portolan/model";
import type { WebCrypto, WebCryptoKey } from "../web-crypto.ts";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralNames,
  KeyUsageFlags,
  KeyUsagesExtension,
  type PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "../x509.ts";
import { serialNumber, signatureAlgorithm } from "./signature.ts";

/** Whom a leaf names: one identity, and for servers the names by which they are dialled. */
export interface LeafNames {
  readonly identity: Identity;
  readonly dnsNames?: readonly string[];
  readonly addresses?: readonly IpAddress[];
}

export interface SigningAuthority {
  readonly certificate: X509Certificate;
  readonly signingKey: WebCryptoKey;
  readonly crypto: WebCrypto;
}

export interface LeafTerms {
  readonly publicKey: PublicKey;
  readonly nowMs: number;
  readonly notAfterMs: number;
}

/** Clocks of peers may be this far behind. */
export const BACKDATE_MS = 60_000;

/** The subject is empty, so the subject alternative name is critical (RFC 5280 section 4.2.1.6). */
export async function signLeaf(
  authority: SigningAuthority,
  names: LeafNames,
  { publicKey, nowMs, notAfterMs }: LeafTerms,
): Promise<X509Certificate> {
  const { certificate, signingKey, crypto } = authority;
  const rsa = publicKey.algorithm.name.startsWith("RSA");
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature | (rsa ? KeyUsageFlags.keyEncipherment : 0), true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
    new SubjectAlternativeNameExtension(alternativeNames(names), true),
    await SubjectKeyIdentifierExtension.create(publicKey, false, crypto),
  ];
  // Verifiers compare it with the authority's own identifier, however that was computed.
  const keyId = certificate.getExtension(SubjectKeyIdentifierExtension)?.keyId;
  if (keyId !== undefined) extensions.push(new AuthorityKeyIdentifierExtension(keyId));
  return X509CertificateGenerator.create(
    {
      serialNumber: serialNumber(crypto),
      issuer: certificate.subjectName,
      notBefore: new Date(Math.floor((nowMs - BACKDATE_MS) / 1000) * 1000),
      notAfter: new Date(notAfterMs),
      publicKey,
      signingKey,
      signingAlgorithm: signatureAlgorithm(signingKey),
      extensions,
    },
    crypto,
  );
}

function alternativeNames({ identity, dnsNames = [], addresses = [] }: LeafNames): JsonGeneralNames {
  return [
    { type: "url", value: spiffeId(identity) },
    ...dnsNames.map((value) => ({ type: "dns" as const, value })),
    ...addresses.map((value) => ({ type: "ip" as const, value })),
  ];
}
