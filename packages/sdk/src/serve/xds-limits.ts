import { printable } from "@portolan/model";
import { DEFAULT_XDS_LIMITS, type XdsLimits } from "@portolan/xds";
import { parseDuration } from "../duration.ts";
import { SdkError } from "../error.ts";

type LimitKey = keyof XdsLimits;

const FLAG = "--xds-limit";
const MOST = 2 ** 31 - 1;
/** What can be left out altogether. */
const CAN_BE_OFF: readonly LimitKey[] = ["acknowledgementMs", "keepaliveMs", "maxConnectionAgeMs"];
/** `max-connection-age` -> `maxConnectionAgeMs`. */
const keys = new Map((Object.keys(DEFAULT_XDS_LIMITS) as LimitKey[]).map((key) => [flagName(key), key]));

export const XDS_LIMIT_NAMES: readonly string[] = [...keys.keys()];

/**
 * `NAME=VALUE`, what is said later holds: counts and bytes as whole numbers, times as durations or, where that makes sense, `off`.
 *
 * @throws SdkError `usage`
 */
export function parseXdsLimits(given: readonly string[]): Partial<XdsLimits> {
  const limits: { -readonly [Key in LimitKey]?: number } = {};
  for (const text of given) {
    const [name = "", value = ""] = text.split(/=(.*)/s);
    const key = keys.get(name);
    if (key === undefined) {
      throw new SdkError("usage", `${FLAG} "${printable(text)}": NAME=VALUE with one of ${XDS_LIMIT_NAMES.join(", ")}`);
    }
    limits[key] = limitOf(key, name, value);
  }
  return limits;
}

function limitOf(key: LimitKey, name: string, text: string): number {
  if (text === "off" && CAN_BE_OFF.includes(key)) return Number.POSITIVE_INFINITY;
  const value = key.endsWith("Ms")
    ? parseDuration(text, `${FLAG} ${name}`)
    : Number(/^\d+$/.test(text) ? text : Number.NaN);
  if (value >= 1 && value <= MOST) return value;
  throw new SdkError("usage", `${FLAG} ${name} "${printable(text)}" is not a whole number from 1 to ${MOST}`);
}

function flagName(key: string): string {
  return key.replace(/Ms$/, "").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
