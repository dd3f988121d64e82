import { SecretText } from "@portolan/model";
import type { WebCrypto } from "../web-crypto.ts";
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from "../x509.ts";
import { BACKDATE_MS } from "./leaf.ts";
import { serialNumber, signatureAlgorithm } from "./signature.ts";

export interface NewRoot {
  readonly crypto: WebCrypto;
  readonly nowMs: number;
  /** Default ten years. */
  readonly lifetimeMs?: number;
  /** Organisation in the subject; default `portolan`. */
  readonly organisation?: string;
}

/** PEM texts under the names of Istio's `cacerts`. */
export interface AuthorityPems {
  readonly caCert: string;
  readonly caKey: SecretText;
  readonly rootCert: string;
  readonly certChain: string;
}

const TEN_YEARS_MS = 3650 * 24 * 60 * 60 * 1000;

/** A self-signed EC P-256 root that signs leaves itself. */
export async function createRoot(options: NewRoot): Promise<AuthorityPems> {
  const { crypto, nowMs } = options;
  const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const organization = options.organisation ?? "portolan";
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialNumber(crypto),
      name: [{ O: [organization] }, { CN: ["mesh root"] }],
      notBefore: new Date(nowMs - BACKDATE_MS),
      notAfter: new Date(nowMs + (options.lifetimeMs ?? TEN_YEARS_MS)),
      keys,
      signingAlgorithm: signatureAlgorithm(keys.privateKey),
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  );
  const pem = `${certificate.toString("pem")}\n`;
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  const caKey = new SecretText(`${PemConverter.encode(pkcs8, "PRIVATE KEY")}\n`);
  return { caCert: pem, caKey, rootCert: pem, certChain: pem };
}
