/** What can go wrong in this package; `docs/errors.md` lists the codes. */
export type IdentityErrorCode =
  | "bad-certificate"
  | "bad-csr"
  | "bad-key"
  | "ca-expired"
  | "ca-incomplete"
  | "ca-not-yet-valid"
  | "chain-broken"
  | "key-mismatch"
  | "not-a-ca"
  | "not-readable"
  | "not-writable"
  | "weak-key";

/** The error of `@portolan/identity`. Its message never holds key material. */
export class IdentityError extends Error {
  readonly code: IdentityErrorCode;

  constructor(code: IdentityErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "IdentityError";
    this.code = code;
  }
}
