import type { Problem } from "@portolan/model";

/** Every reason for which this package throws; each stands in `docs/errors.md`. */
export type RegistryErrorCode =
  | "bad-objects"
  | "conflict"
  | "data-corrupt"
  | "data-exists"
  | "data-in-use"
  | "data-newer"
  | "data-not-writable"
  | "not-found"
  | "not-running"
  | "read-only"
  | "source-not-found"
  | "store-failed";

export class RegistryError extends Error {
  readonly code: RegistryErrorCode;
  /** What is wrong with which object, for `bad-objects`, `conflict` and `not-found`; else empty. */
  readonly problems: readonly Problem[];

  constructor(code: RegistryErrorCode, message: string, problems: readonly Problem[] = [], cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "RegistryError";
    this.code = code;
    this.problems = problems;
  }
}
