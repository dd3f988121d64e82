import { printable } from "@portolan/model";
import { SdkError } from "./error.ts";

const unitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** Longer ones do not fit a timer. */
const MOST_MS = 2 ** 31 - 1;

/**
 * `500ms`, `30s`, `10m`, `24h`, `1h30m`, in milliseconds. `flag` names the option in the message.
 *
 * @throws SdkError `usage`
 */
export function parseDuration(text: string, flag: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  const durationMs = parts.reduce(
    (sum, [, value, unit]) => sum + Number(value) * unitsMs[unit as keyof typeof unitsMs],
    0,
  );
  const whole = parts.length > 0 && parts.map(([part]) => part).join("") === text;
  if (whole && Number.isInteger(durationMs) && durationMs <= MOST_MS) return durationMs;
  throw new SdkError(
    "usage",
    `${flag} "${printable(text)}" is not a duration: use such as 500ms, 30s, 10m or 24h, up to 24d`,
  );
}
