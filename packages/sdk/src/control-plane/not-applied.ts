import { printable } from "@portolan/model";
import type { XdsConnection } from "@portolan/xds";

/** Why a connected proxy has not applied what it is to have, in one line: the type that is waited for, and since when. */
export function reasonNotApplied(connection: XdsConnection, nowMs: number): string {
  const behind = connection.types.filter(({ state }) => state === "STALE" || state === "NOT SENT");
  const reasons = behind.map(({ shortName, pendingSinceMs, rejected, lastRejection }) => {
    const [first] = rejected;
    if (pendingSinceMs !== undefined) {
      return `${shortName} was sent ${((nowMs - pendingSinceMs) / 1000).toFixed(1)} s ago and is not acknowledged`;
    }
    if (first !== undefined)
      return `${shortName} ${printable(first.name)} was rejected: ${printable(first.message, 300)}`;
    if (lastRejection !== undefined) return `${shortName} was rejected: ${printable(lastRejection.message, 300)}`;
    return `${shortName} waits for what it refers to`;
  });
  return reasons.length === 0 ? "it has asked for nothing yet, or is being sent to" : reasons.join("; ");
}
