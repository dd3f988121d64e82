import { fail, ok, printable, type Result } from "@portolan/model";

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
]);

/** A year: nothing in a mesh waits longer, and Envoy's own limit is far above. */
const MAX_MS = 365 * 24 * 3_600_000;

/** A duration as Istio writes it (`30ms`, `1.5s`, `1h30m`), in whole milliseconds from 1. */
export function parseDurationMs(text: string): Result<number> {
  const wrong = (why: string) =>
    fail(`"${printable(text)}" is not a duration${why}: use a number with h, m, s or ms, such as 30ms or 1.5s`);
  if (text.length > 40 || !/^(?:\d+(?:\.\d+)?(?:ms|[hms]))+$/.test(text)) return wrong("");
  let total = 0;
  for (const [, number, unit = ""] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[hms])/g)) {
    total += Number(number) * (UNIT_MS.get(unit) ?? 0);
  }
  const ms = Math.round(total);
  if (Math.abs(total - ms) > 1e-6 || ms < 1) return wrong(" of whole milliseconds");
  return ms > MAX_MS ? wrong(" of at most a year") : ok(ms);
}
