/** Text that must not be printed: every usual way of printing gives `[redacted]`. */
export class SecretText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself: only where it crosses to the peer that owns it, or to a 0600 file. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return "[redacted]";
  }

  toJSON(): string {
    return "[redacted]";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[redacted]";
  }
}

/** What a proxy gets over SDS. Istio's names: `default` (its certificate) and `ROOTCA` (whom it trusts). */
export type Secret =
  | {
      readonly kind: "certificate";
      /** PEM, leaf first. */
      readonly certificateChain: string;
      /** PEM, PKCS #8. */
      readonly privateKey: SecretText;
      readonly notAfterMs: number;
    }
  | { readonly kind: "trust"; readonly rootCertificates: string };
