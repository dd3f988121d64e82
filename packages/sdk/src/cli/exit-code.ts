import type { SdkErrorCode } from "../error.ts";

/** Exit codes of the command line; 64 to 73 are those of sysexits.h. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 64,
  badData: 65,
  unreachable: 69,
  envoyNotFound: 72,
  dataNotWritable: 73,
  findings: 79,
} as const;

const byCode: Readonly<Record<SdkErrorCode, number>> = {
  usage: exitCodes.usage,
  "bad-data": exitCodes.badData,
  unreachable: exitCodes.unreachable,
  "port-in-use": exitCodes.unreachable,
  "data-not-writable": exitCodes.dataNotWritable,
  "data-in-use": exitCodes.failure,
  "data-too-new": exitCodes.badData,
  "envoy-not-found": exitCodes.envoyNotFound,
  refused: exitCodes.badData,
  "not-found": exitCodes.failure,
  conflict: exitCodes.failure,
  unsupported: exitCodes.failure,
  failed: exitCodes.failure,
};

export function exitCodeOf(code: SdkErrorCode): number {
  return byCode[code];
}

/** Whether a text, such as one that a server sent, is a code of ours. */
export function isSdkErrorCode(text: unknown): text is SdkErrorCode {
  return typeof text === "string" && Object.hasOwn(byCode, text);
}
