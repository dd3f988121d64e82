import { type PortNumber, parsePortNumber, printable } from "@portolan/model";
import type { Field } from "./field.ts";

export function readPort(field: Field): PortNumber | undefined {
  const number = field.whole(1, 65535);
  const port = number === undefined ? undefined : parsePortNumber(number);
  return port?.ok === true ? port.value : undefined;
}

/** Values of which no two may be equal. Empty ones are not counted. */
export class Unique {
  readonly #what: string;
  readonly #seen = new Map<string, string>();

  constructor(what: string) {
    this.#what = what;
  }

  check(value: string | undefined, field: Field): void {
    if (value === undefined || value === "") return;
    const first = this.#seen.get(value);
    if (first === undefined) this.#seen.set(value, field.path);
    else field.wrong(`"${printable(value)}" is given twice as ${this.#what}, first at ${first}: each must be its own`);
  }
}
