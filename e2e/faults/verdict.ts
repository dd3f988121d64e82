/** `short`: seconds, as a test. `full`: the size that the fault is about, as a script. */
export type FaultSize = "short" | "full";

export interface Figure {
  readonly name: string;
  readonly value: number | string;
  /** What it must not exceed; undefined: told only. */
  readonly most: number | undefined;
}

/** What a fault did to the server. */
export interface Verdict {
  readonly figures: readonly Figure[];
  /** What was not as it must be; empty: passed. */
  readonly failures: readonly string[];
}

export interface VerdictWriter {
  tell(name: string, value: number | string): void;
  /** `most`: anything greater is a failure, and so is what is no number. */
  limit(name: string, value: number, most: number): void;
  expect(what: string, holds: boolean): void;
  done(): Verdict;
}

export function createVerdict(): VerdictWriter {
  const figures: Figure[] = [];
  const failures: string[] = [];
  return {
    tell: (name, value) => void figures.push({ name, value, most: undefined }),
    limit(name, value, most) {
      figures.push({ name, value, most });
      if (!(value <= most)) failures.push(`${name} is ${round(value)}, and may be ${round(most)}`);
    },
    expect(what, holds) {
      if (!holds) failures.push(`not so: ${what}`);
    },
    done: () => ({ figures, failures }),
  };
}

export function formatFigure({ name, value, most }: Figure): string {
  const text = typeof value === "number" ? round(value) : value;
  return `${name}: ${text}${most === undefined ? "" : ` (at most ${round(most)})`}`;
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}
