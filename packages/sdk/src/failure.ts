import { AgentError } from "@portolan/agent";
import { DnsError } from "@portolan/dns";
import { IdentityError } from "@portolan/identity";
import { RegistryError, type RegistryErrorCode } from "@portolan/registry";
import { SdkError, type SdkErrorCode } from "./error.ts";

const registryCodes: Readonly<Record<RegistryErrorCode, SdkErrorCode>> = {
  "bad-objects": "bad-data",
  conflict: "conflict",
  "data-corrupt": "bad-data",
  "data-in-use": "data-in-use",
  "data-newer": "data-too-new",
  "data-not-writable": "data-not-writable",
  "not-found": "not-found",
  "not-running": "failed",
  "read-only": "failed",
  "source-not-found": "usage",
  "store-failed": "failed",
};

/** What any error means at the outside. A text that is not ours is kept as it is. */
export function failureOf(error: unknown): { readonly code: SdkErrorCode; readonly message: string } {
  if (error instanceof SdkError) return { code: error.code, message: error.message };
  if (error instanceof RegistryError) return { code: registryCodes[error.code], message: error.message };
  if (error instanceof AgentError) {
    return { code: error.code === "envoy-not-found" ? "envoy-not-found" : "failed", message: error.message };
  }
  if (error instanceof IdentityError) return { code: "bad-data", message: error.message };
  if (error instanceof DnsError) return { code: "failed", message: error.message };
  return { code: "failed", message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
