import { RegistryError, type RegistryErrorCode } from "@portolan/registry";
import { SdkError, type SdkErrorCode } from "../error.ts";
import { failureOf } from "../failure.ts";

/** What the admin API answers where something failed; `code` is one of `docs/errors.md`. */
export interface ErrorAnswer {
  readonly status: number;
  readonly error: string;
  readonly code: SdkErrorCode;
}

const registryStatus: Readonly<Partial<Record<RegistryErrorCode, number>>> = {
  conflict: 409,
  "not-found": 404,
  "bad-objects": 422,
  "read-only": 422,
};

const sdkStatus: Readonly<Partial<Record<SdkErrorCode, number>>> = { "not-found": 404, conflict: 409, failed: 500 };

/** A text that is not ours (a fault of the server's own) is not shown to whoever asked. */
export function answerTo(error: Error & { readonly statusCode?: number }): ErrorAnswer {
  if (error instanceof RegistryError) {
    const { code, message } = failureOf(error);
    return { status: registryStatus[error.code] ?? 503, error: message, code };
  }
  if (error instanceof SdkError) {
    return { status: sdkStatus[error.code] ?? 400, error: error.message, code: error.code };
  }
  const status = error.statusCode ?? 500;
  if (status < 500) return { status, error: error.message, code: "bad-data" };
  return { status, error: "the server failed to answer; its log says why", code: "failed" };
}
