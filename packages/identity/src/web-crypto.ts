/** A key of the Web Cryptography API. */
export interface WebCryptoKey {
  readonly type: string;
  readonly algorithm: { readonly name: string };
  readonly extractable: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: the usages are a closed union of each platform's own
  readonly usages: any;
}

export interface WebCryptoKeyPair {
  readonly publicKey: WebCryptoKey;
  readonly privateKey: WebCryptoKey;
}

interface SigningAlgorithm {
  readonly name: string;
  readonly hash?: string;
  readonly namedCurve?: string;
}

/** What is used of the Web Cryptography API; `globalThis.crypto` fits. Randomness and keys come from here only. */
export interface WebCrypto {
  getRandomValues(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  readonly subtle: {
    generateKey(
      algorithm: { readonly name: "ECDSA"; readonly namedCurve: string },
      extractable: boolean,
      usages: ("sign" | "verify")[],
    ): Promise<WebCryptoKeyPair>;
    importKey(
      format: "pkcs8" | "spki",
      key: ArrayBuffer | Uint8Array<ArrayBuffer>,
      algorithm: SigningAlgorithm,
      extractable: boolean,
      usages: ("sign" | "verify")[],
    ): Promise<WebCryptoKey>;
    exportKey(format: "pkcs8" | "spki", key: WebCryptoKey): Promise<ArrayBuffer>;
    sign(algorithm: SigningAlgorithm, key: WebCryptoKey, bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
    verify(
      algorithm: SigningAlgorithm,
      key: WebCryptoKey,
      signature: ArrayBuffer,
      bytes: Uint8Array<ArrayBuffer>,
    ): Promise<boolean>;
  };
}
