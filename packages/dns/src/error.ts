import type { IpAddress } from "@portolan/model";

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
  /** The address that could not be listened on. */
  readonly listen: { readonly address: IpAddress; readonly port: number } | undefined;

  constructor(code: DnsErrorCode, message: string, options: ErrorOptions & Partial<Pick<DnsError, "listen">> = {}) {
    super(message, options);
    this.name = "DnsError";
    this.code = code;
    this.listen = options.listen;
  }
}
