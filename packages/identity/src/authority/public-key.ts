import { IdentityError } from "../error.ts";
import type { WebCrypto } from "../web-crypto.ts";
import { Pkcs10CertificateRequest, PublicKey } from "../x509.ts";

/** Where the public key comes from. Nothing else of a CSR is looked at: it cannot ask for names, usages or a lifetime. */
export type CertificateRequest =
  /** SubjectPublicKeyInfo, DER. */
  | { readonly kind: "public-key"; readonly spki: Uint8Array<ArrayBuffer> }
  /** PKCS #10, PEM or DER; its own signature must hold, as the proof that the caller has the key. */
  | { readonly kind: "csr"; readonly csr: string | Uint8Array<ArrayBuffer> };

/** Far above any real one; parsing more is work for a peer that may be hostile. */
const MAX_CSR_BYTES = 16 * 1024;

const curves: ReadonlySet<string> = new Set(["P-256", "P-384", "P-521"]);

export async function publicKeyOf(request: CertificateRequest, crypto: WebCrypto): Promise<PublicKey> {
  if (request.kind === "csr") return publicKeyOfCsr(request.csr, crypto);
  let key: PublicKey;
  try {
    key = new PublicKey(request.spki);
  } catch (cause) {
    throw new IdentityError("bad-key", "the public key is not a SubjectPublicKeyInfo", { cause });
  }
  checkStrength(key, "the public key");
  return key;
}

async function publicKeyOfCsr(csr: string | Uint8Array<ArrayBuffer>, crypto: WebCrypto): Promise<PublicKey> {
  if (csr.length > MAX_CSR_BYTES) {
    throw new IdentityError("bad-csr", `the certificate request has more than ${MAX_CSR_BYTES} bytes`);
  }
  let request: Pkcs10CertificateRequest;
  let key: PublicKey;
  try {
    request = new Pkcs10CertificateRequest(csr);
    key = request.publicKey;
  } catch (cause) {
    throw new IdentityError("bad-csr", "the certificate request is not PKCS #10 in PEM or DER", { cause });
  }
  checkStrength(key, "the key of the certificate request");
  const proven = await request.verify(crypto).catch(() => false);
  if (!proven) throw new IdentityError("bad-csr", "the certificate request is not signed by its own key");
  return key;
}

/** RSA of at least 2048 bits, or one of NIST's curves: what Envoy's TLS library accepts. */
export function checkStrength(key: PublicKey, what: string): void {
  const { name, modulusLength, namedCurve } = key.algorithm as {
    readonly name: string;
    readonly modulusLength?: number;
    readonly namedCurve?: string;
  };
  if (name.startsWith("RSA")) {
    if (modulusLength !== undefined && modulusLength >= 2048) return;
    throw new IdentityError(
      "weak-key",
      `${what} is RSA of ${modulusLength ?? "unknown"} bits; at least 2048 are needed`,
    );
  }
  if (namedCurve !== undefined && curves.has(namedCurve)) return;
  throw new IdentityError("weak-key", `${what} is ${namedCurve ?? name}; use EC P-256, P-384, P-521 or RSA`);
}
