import type { WebCrypto, WebCryptoKey } from "../web-crypto.ts";

export interface SignatureAlgorithm {
  readonly name: string;
  readonly hash: string;
}

/** SHA-256, and with the larger curves the hash of their size. */
export function signatureAlgorithm(key: WebCryptoKey): SignatureAlgorithm {
  const { name, namedCurve } = key.algorithm as { readonly name: string; readonly namedCurve?: string };
  return { name, hash: namedCurve === "P-384" ? "SHA-384" : namedCurve === "P-521" ? "SHA-512" : "SHA-256" };
}

/** 126 random bits in 16 bytes: positive and of constant length (RFC 5280 section 4.1.2.2). */
export function serialNumber(crypto: WebCrypto): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
