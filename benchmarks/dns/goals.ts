import type { Spread } from "../load/statistics.ts";
import { type Goal, number } from "../results/result.ts";

/** A goal on a ratio that is to be high; none was measured where a peer is missing. */
export function atLeast(text: string, measured: Spread | undefined, least: number, compared: string): Goal {
  if (measured === undefined || Number.isNaN(measured.median))
    return { text, measured: `no ${compared}`, reached: "not run" };
  const { median, least: low, most } = measured;
  return {
    text,
    measured: `${median.toFixed(2)}x ${compared} (${low.toFixed(2)}-${most.toFixed(2)})`,
    reached: median >= least ? "yes" : "no",
  };
}

/** A goal on a figure that is to be low. */
export function atMost(text: string, measured: Spread | undefined, most: number, unit: string): Goal {
  if (measured === undefined || Number.isNaN(measured.median))
    return { text, measured: "not measured", reached: "not run" };
  return { text, measured: `${number(measured.median)} ${unit}`, reached: measured.median <= most ? "yes" : "no" };
}
