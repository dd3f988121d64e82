import type { ObjectKey } from "./object/key.ts";
import type { Origin } from "./origin.ts";

export type Severity = "error" | "warning" | "info";

/**
 * Something wrong with one object, or with a file that holds objects. A problem is a value that is shown and counted:
 * it never stops a source, and never removes an object that was good before.
 */
export interface Problem {
  /** `IST0101` where Istio has the same meaning, `PTL1xxx` for ours; every code stands in `docs/errors.md`. */
  readonly code: string;
  readonly severity: Severity;
  readonly origin: Origin;
  /** The object concerned; absent where a file could not be parsed far enough to tell. */
  readonly object?: ObjectKey;
  /** The field, such as `spec.ports.0.number`. */
  readonly path?: string;
  /** What is wrong and what to do, in one sentence or two, without the place. */
  readonly message: string;
}
