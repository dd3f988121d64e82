import type { AgentErrorCode } from "@portolan/agent";
import type { DnsErrorCode } from "@portolan/dns";
import type { IdentityErrorCode } from "@portolan/identity";
import type { RegistryErrorCode } from "@portolan/registry";
import type { XdsErrorCode } from "@portolan/xds";
import { SdkError, type SdkErrorCode } from "./error.ts";

const registryCodes: Readonly<Record<RegistryErrorCode, SdkErrorCode>> = {
  "bad-objects": "bad-data",
  conflict: "conflict",
  "data-corrupt": "bad-data",
  "data-exists": "conflict",
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

const identityCodes: Readonly<Partial<Record<IdentityErrorCode, SdkErrorCode>>> = {
  "not-writable": "data-not-writable",
};

const dnsCodes: Readonly<Partial<Record<DnsErrorCode, SdkErrorCode>>> = {
  "address-in-use": "port-in-use",
  "address-not-available": "usage",
  "address-not-permitted": "usage",
  "bad-option": "usage",
  "no-answer": "unreachable",
};

const xdsCodes: Readonly<Partial<Record<XdsErrorCode, SdkErrorCode>>> = {
  "insecure-address": "usage",
  "bad-certificate": "bad-data",
};

interface Codes {
  readonly codes: Readonly<Partial<Record<string, SdkErrorCode>>>;
  readonly otherwise: SdkErrorCode;
}

/** By the classes' names: whoever prints an error need not load the package that it came from. */
const byClass: ReadonlyMap<string, Codes> = new Map([
  ["RegistryError", { codes: registryCodes, otherwise: "failed" }],
  ["AgentError", { codes: agentCodes, otherwise: "failed" }],
  ["IdentityError", { codes: identityCodes, otherwise: "bad-data" }],
  ["DnsError", { codes: dnsCodes, otherwise: "failed" }],
  ["XdsError", { codes: xdsCodes, otherwise: "failed" }],
]);

/** What any error means at the outside. One that nobody foresaw comes with its stack; one of the operating system says what it is. */
export function failureOf(error: unknown): { readonly code: SdkErrorCode; readonly message: string } {
  if (!(error instanceof Error)) return { code: "failed", message: String(error) };
  if (error instanceof SdkError) return { code: error.code, message: error.message };
  const known = byClass.get(error.name);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (known !== undefined) return { code: known.codes[code] ?? known.otherwise, message: error.message };
  if ("syscall" in error) return { code: "failed", message: error.message };
  return { code: "failed", message: error.stack ?? error.message };
}
