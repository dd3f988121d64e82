/** Every reason for which this package throws; each stands in `docs/errors.md`. */
export type DnsErrorCode =
  | "address-in-use"
  | "address-not-available"
  | "address-not-permitted"
  | "bad-option"
  | "listen-failed"
  | "no-answer"
  | "bad-answer";

/** The error of `@portolan/dns`. A name that does not exist is an answer, not an error. */
export class DnsError extends Error {
  readonly code: DnsErrorCode;

  constructor(code: DnsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DnsError";
    this.code = code;
  }
}
