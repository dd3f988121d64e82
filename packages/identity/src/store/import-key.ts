import { createPrivateKey, type KeyObject } from "node:crypto";
import { IdentityError } from "../error.ts";
import type { WebCrypto, WebCryptoKey } from "../web-crypto.ts";

/**
 * A private key in PEM: PKCS #8, PKCS #1 (`RSA PRIVATE KEY`) or SEC 1 (`EC PRIVATE KEY`).
 *
 * @throws IdentityError `bad-key`
 */
export async function importKey(file: string, pem: string, crypto: WebCrypto): Promise<WebCryptoKey> {
  const bad = (why: string) => new IdentityError("bad-key", `${file} ${why}`);
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    // Its message could quote what stands in the file.
    throw bad(/ENCRYPTED/.test(pem) ? "is encrypted; give it without a passphrase" : "holds no PEM private key");
  }
  const namedCurve = { prime256v1: "P-256", secp384r1: "P-384", secp521r1: "P-521" }[
    key.asymmetricKeyDetails?.namedCurve ?? ""
  ];
  const der = new Uint8Array(key.export({ type: "pkcs8", format: "der" }));
  if (key.asymmetricKeyType === "rsa") {
    const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    return crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
  }
  if (key.asymmetricKeyType === "ec" && namedCurve !== undefined) {
    return crypto.subtle.importKey("pkcs8", der, { name: "ECDSA", namedCurve }, false, ["sign"]);
  }
  throw bad("is neither RSA nor EC P-256, P-384 or P-521");
}
