import type { TypeStatus } from "./protocol.ts";
import { versionOf } from "./sent-table.ts";
import { isSettled, type TypeState } from "./type-state.ts";

export function statusOf(state: TypeState): TypeStatus {
  return {
    typeUrl: state.type.typeUrl,
    shortName: state.type.shortName,
    wildcard: state.wildcard,
    names: state.names.size,
    resources: state.sent.size,
    version: versionOf(state.sent),
    sentNonce: state.lastNonce,
    acknowledgedNonce: state.acknowledged?.nonce ?? "",
    acknowledgedAtMs: state.acknowledged?.atMs,
    pendingSinceMs: state.inFlight?.atMs,
    state: wordOf(state),
    rejected: [...state.rejected].map(([name, { version, message }]) => ({ name, version, message })),
    lastRejection: state.lastRejection,
  };
}

/** The words of `istioctl proxy-status`. */
function wordOf(state: TypeState): TypeStatus["state"] {
  if (!state.wildcard && state.names.size === 0) return "IGNORED";
  if (state.lastNonce === "") return isSettled(state) && state.sent.size > 0 ? "SYNCED" : "NOT SENT";
  return isSettled(state) && state.rejected.size === 0 && state.trial.length === 0 ? "SYNCED" : "STALE";
}
