import type { ObjectKey, Origin, Position, Problem, Severity } from "@portolan/model";
import type { ProblemCode } from "../problem-codes.ts";

/** Problems of one object beyond which they are only counted. */
const MAX_PROBLEMS = 20;

/** What reading one object has found: problems, places, and whether the object stands. */
export class Reading {
  readonly problems: Problem[] = [];
  readonly positions = new Map<string, Position>();
  /** Known once the object's identity has been read. */
  object: ObjectKey | undefined;
  readonly #origin: Origin;
  readonly #prefix: string;
  #seen: Set<string> | undefined;
  #failed = false;

  /** `origin` names source and file; `prefix` is the path of an item of a List, for as long as it has no identity. */
  constructor(origin: Origin, prefix = "") {
    this.#origin = origin;
    this.#prefix = prefix;
  }

  /** Remembers where a field stands. */
  place(path: string, position: Position): void {
    this.positions.set(sharedPath(path), position);
  }

  /** Whether any problem is an error: the object is then rejected as a whole. */
  get failed(): boolean {
    return this.#failed;
  }

  report(severity: Severity, code: ProblemCode, position: Position | undefined, path: string, message: string): void {
    if (severity === "error") this.#failed = true;
    this.#seen ??= new Set();
    const seen = `${path} ${message}`;
    if (this.#seen.has(seen) || this.#seen.size > MAX_PROBLEMS) return;
    this.#seen.add(seen);
    if (this.#seen.size > MAX_PROBLEMS) {
      this.#add(
        "warning",
        "PTL1012",
        position,
        "",
        "this object has more problems than are shown: correct those above first",
      );
    } else {
      this.#add(severity, code, position, path, message);
    }
  }

  #add(severity: Severity, code: ProblemCode, position: Position | undefined, path: string, message: string): void {
    const where = this.object === undefined ? [this.#prefix, path].filter((part) => part !== "").join(".") : path;
    this.problems.push({
      code,
      severity,
      origin: position === undefined ? this.#origin : { ...this.#origin, position },
      ...(this.object === undefined ? {} : { object: this.object }),
      ...(where === "" ? {} : { path: where }),
      message,
    });
  }
}

/** Objects of one kind name the same paths: one text for all of them is a tenth of what an endpoint weighs. */
function sharedPath(path: string): string {
  const known = paths.get(path);
  if (known !== undefined) return known;
  if (paths.size < MAX_PATHS) paths.set(path, path);
  return path;
}

const paths = new Map<string, string>();
const MAX_PATHS = 10_000;
