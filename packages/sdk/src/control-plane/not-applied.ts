import { printable } from "@portolan/model";
import type { TypeStatus, XdsConnection } from "@portolan/xds";

/** Why a connected proxy has not applied what it is to have, in one line: the type that is waited for, and since when. */
export function reasonNotApplied(connection: XdsConnection, nowMs: number): string {
  const behind = connection.types.filter(({ state }) => state === "STALE" || state === "NOT SENT");
  const reasons = behind.map((type) => {
    const { shortName, pendingSinceMs } = type;
    if (pendingSinceMs !== undefined) {
      return `${shortName} was sent ${((nowMs - pendingSinceMs) / 1000).toFixed(1)} s ago and is not acknowledged`;
    }
    return rejectionOf(type) ?? `${shortName} waits for what it refers to`;
  });
  return reasons.length === 0 ? "it has asked for nothing yet, or is being sent to" : reasons.join("; ");
}

/** What a connected proxy has rejected and does not have in another version since, in one line; undefined: nothing. */
export function standingRejections({ types }: XdsConnection): string | undefined {
  const stale = types.filter(({ state, rejected }) => state === "STALE" || rejected.length > 0);
  const reasons = stale.flatMap((type) => rejectionOf(type) ?? []);
  return reasons.length === 0 ? undefined : reasons.join("; ");
}

function rejectionOf({ shortName, rejected, lastRejection, acknowledgedAtMs = 0 }: TypeStatus): string | undefined {
  const [first] = rejected;
  if (first !== undefined)
    return `${shortName} ${printable(first.name)} was rejected: ${printable(first.message, 300)}`;
  // One that was followed by an acknowledgement is over.
  if (lastRejection === undefined || lastRejection.atMs < acknowledgedAtMs) return undefined;
  return `${shortName} was rejected: ${printable(lastRejection.message, 300)}`;
}
