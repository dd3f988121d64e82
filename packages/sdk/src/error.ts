/** Closed list of what may go wrong at the outside; each has an exit code in `cli/exit-code.ts` and a line in `docs/errors.md`. */
export type SdkErrorCode =
  | "usage"
  | "bad-data"
  | "unreachable"
  | "port-in-use"
  | "data-not-writable"
  | "data-in-use"
  | "data-too-new"
  | "envoy-not-found"
  | "refused"
  | "not-found"
  | "conflict"
  | "unsupported"
  | "failed";

/** The error of `@portolan/sdk`: its message says what, where, and what to do. */
export class SdkError extends Error {
  readonly code: SdkErrorCode;

  constructor(code: SdkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SdkError";
    this.code = code;
  }
}
