import type { AgentErrorCode } from "@portolan/agent";
import type { RegistryErrorCode } from "@portolan/registry";
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

const agentCodes: Readonly<Record<AgentErrorCode, SdkErrorCode>> = {
  "bad-bootstrap": "usage",
  "bind-needs-linux": "unsupported",
  "envoy-failed": "failed",
  "envoy-not-found": "envoy-not-found",
  "not-writable": "failed",
};

/** By the classes' names: whoever prints an error need not load the package that it came from. */
const codesByClass: Readonly<Record<string, Readonly<Record<string, SdkErrorCode>>>> = {
  RegistryError: registryCodes,
  AgentError: agentCodes,
  IdentityError: {},
  DnsError: { "bad-option": "usage", "no-answer": "unreachable" },
};
const otherwise: Readonly<Record<string, SdkErrorCode>> = { IdentityError: "bad-data" };

/** What any error means at the outside. A text that is not ours is kept as it is. */
export function failureOf(error: unknown): { readonly code: SdkErrorCode; readonly message: string } {
  if (!(error instanceof Error)) return { code: "failed", message: String(error) };
  if (error instanceof SdkError) return { code: error.code, message: error.message };
  const codes = Object.hasOwn(codesByClass, error.name) ? codesByClass[error.name] : undefined;
  if (codes === undefined) return { code: "failed", message: error.stack ?? error.message };
  const { code } = error as Error & { readonly code: string };
  return { code: codes[code] ?? otherwise[error.name] ?? "failed", message: error.message };
}
