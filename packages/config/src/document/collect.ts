import type { MeshObject, ObjectKey, Position, Problem } from "@portolan/model";
import type { ProblemCode } from "../problem-codes.ts";
import type { Reading } from "../read/reading.ts";
import type { DecodeContext, DecodedDocument } from "./decoded.ts";
import { originOf } from "./header.ts";

/** Problems of one document beyond which they are only counted. */
const MAX_PROBLEMS = 100;

/** Gathers what the objects of one document gave. */
export class Collection {
  readonly context: DecodeContext;
  readonly #line: number;
  readonly #objects: MeshObject[] = [];
  readonly #rejected: ObjectKey[] = [];
  readonly #problems: Problem[] = [];
  #unreadable = false;

  constructor(context: DecodeContext, line: number) {
    this.context = context;
    this.#line = line;
  }

  /** An object stands only if nothing in its reading is an error; else its key is rejected, or the document is unreadable. */
  add(reading: Reading, object: MeshObject | undefined): void {
    this.#problems.push(...reading.problems);
    if (!reading.failed && object !== undefined) this.#objects.push(object);
    else if (reading.object !== undefined) this.#rejected.push(reading.object);
    else this.#unreadable = true;
  }

  /** What was read is known well enough to say that it gives no object. */
  leaveOut(reading: Reading): void {
    this.#problems.push(...reading.problems);
  }

  unreadable(code: ProblemCode, position: Position | undefined, message: string): void {
    const origin = originOf(this.context);
    this.#unreadable = true;
    this.#problems.push({
      code,
      severity: "error",
      origin: position === undefined ? origin : { ...origin, position },
      message,
    });
  }

  result(): DecodedDocument {
    const more = this.#problems.length - MAX_PROBLEMS;
    if (more > 0) {
      this.#problems.length = MAX_PROBLEMS;
      const message = `the document has ${more} more problems: correct those above first`;
      this.#problems.push({ code: "PTL1012", severity: "warning", origin: originOf(this.context), message });
    }
    return {
      objects: this.#objects,
      rejected: this.#rejected,
      problems: this.#problems,
      unreadable: this.#unreadable,
      line: this.#line,
    };
  }
}
