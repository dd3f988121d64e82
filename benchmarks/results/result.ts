/** What a workload gave, as it is written down. */
export interface WorkloadResult {
  readonly id: string;
  readonly title: string;
  readonly date: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly goals: readonly Goal[];
  readonly notes: readonly string[];
  /** For the chart, lower is better. */
  readonly bars: readonly Bar[];
}

export interface Goal {
  readonly text: string;
  readonly measured: string;
  readonly reached: "yes" | "no" | "not run";
}

export interface Bar {
  readonly label: string;
  readonly value: number;
}

/** A goal on a ratio; `undefined`: there was nothing to compare with, or it could not be measured. */
export function ratioGoal(text: string, ratio: number | undefined, most: number, compared: string): Goal {
  if (ratio === undefined || Number.isNaN(ratio)) return { text, measured: `no ${compared}`, reached: "not run" };
  return { text, measured: `${ratio.toPrecision(2)}x ${compared}`, reached: ratio <= most ? "yes" : "no" };
}

export function limitGoal(text: string, value: number | undefined, most: number, unit: string): Goal {
  if (value === undefined || Number.isNaN(value)) return { text, measured: "not measured", reached: "not run" };
  return { text, measured: `${number(value)} ${unit}`, reached: value <= most ? "yes" : "no" };
}

export function number(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "-";
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** `42 (40-45)` */
export function spread(
  of: { readonly median: number; readonly least: number; readonly most: number } | undefined,
): string {
  return of === undefined ? "-" : `${number(of.median)} (${number(of.least)}-${number(of.most)})`;
}
