import { type Position, printable, type Result, type Severity } from "@portolan/model";
import type { ProblemCode } from "../problem-codes.ts";
import { firstBroken, type ListNode, type MapNode, type ScalarNode, type TreeNode } from "../tree/node.ts";
import type { Places } from "../tree/places.ts";
import { suggestion } from "./nearest.ts";
import type { Reading } from "./reading.ts";
import { unexpandedVariable } from "./variable.ts";

/**
 * A field of an object being read: its value, if there is one, its path and its place. Every reader gives `undefined` for a field that is
 * absent or wrong; what is wrong is reported to the reading, so decoders only ask.
 */
export class Field {
  readonly path: string;
  readonly reading: Reading;
  readonly places: Places;
  readonly #node: TreeNode | undefined;
  /** Its own place, or that of the mapping in which it is missing. */
  readonly #at: number;
  /** Few: a Set of them would take three times as much. */
  #asked: string[] | undefined;

  constructor(node: TreeNode | undefined, path: string, at: number, places: Places, reading: Reading) {
    this.#node = node?.kind === "scalar" && node.value === null ? undefined : node;
    this.path = path;
    this.#at = node?.at ?? at;
    this.places = places;
    this.reading = reading;
  }

  /** False for absent fields, null and empty text, which Kubernetes and Istio take as absent. */
  get present(): boolean {
    return this.#node !== undefined && !(this.#node.kind === "scalar" && this.#node.value === "");
  }

  get position(): Position | undefined {
    return this.places.positionOf(this.#at);
  }

  get scalar(): ScalarNode | undefined {
    return this.#node?.kind === "scalar" ? this.#node : undefined;
  }

  /** Whether there is a value at all, be it empty text. */
  get exists(): boolean {
    return this.#node !== undefined;
  }

  /** The same field with another reading. */
  readBy(reading: Reading): Field {
    return new Field(this.#node, this.path, this.#at, this.places, reading);
  }

  /** The same value as the root of an object of its own. */
  asRoot(reading: Reading): Field {
    return new Field(this.#node, "", this.#at, this.places, reading);
  }

  /** Whether this is a mapping that has such a key. */
  has(name: string): boolean {
    return this.#node?.kind === "map" && this.#node.entries.has(name);
  }

  /** A member of this mapping. `rest` takes its name as known. */
  get(name: string): Field {
    this.#asked ??= [];
    this.#asked.push(name);
    const entry = this.#map()?.entries.get(name);
    return this.#child(name, entry?.value, entry?.at);
  }

  /** The members of a mapping whose names are free. */
  entries(): readonly (readonly [string, Field])[] {
    const map = this.#map();
    if (map === undefined) return [];
    return [...map.entries].map(([name, entry]) => [name, this.#child(printable(name, 80), entry.value, entry.at)]);
  }

  items(): readonly Field[] {
    const list = this.#expect("list", "a list") as ListNode | undefined;
    return list?.items.map((item, index) => this.#child(String(index), item, item.at)) ?? [];
  }

  /** Text as it stands, the empty one included. */
  text(): string | undefined {
    const scalar = this.#expect("scalar", "text") as ScalarNode | undefined;
    if (scalar === undefined) return undefined;
    if (typeof scalar.value !== "string") {
      const written = printable(scalar.source ?? String(scalar.value));
      return this.wrong(`${written} is a ${typeof scalar.value} and text is expected: put it in quotes, "${written}"`);
    }
    const variable = unexpandedVariable(scalar.value);
    if (variable === undefined) return scalar.value;
    const name = `\${${variable}}`;
    return this.wrong(
      `the variable ${name} was not expanded: put its value here, for example with envsubst`,
      "PTL1007",
    );
  }

  /** Text in a form of its own. Empty text counts as absent. */
  parsed<Value>(parse: (text: string) => Result<Value>): Value | undefined {
    const { source } = this.scalar ?? {};
    // What would be wrong in quotes too is better said by its own rule.
    const unquoted = source === undefined ? undefined : parse(source);
    if (unquoted?.ok === false) return this.wrong(unquoted.error);
    const text = this.present ? this.text() : undefined;
    if (text === undefined) return undefined;
    const result = parse(text);
    return result.ok ? result.value : this.wrong(result.error);
  }

  whole(min: number, max: number): number | undefined {
    const scalar = this.#expect("scalar", "a number") as ScalarNode | undefined;
    if (scalar === undefined) return undefined;
    if (typeof scalar.value === "string" && scalar.value !== "" && this.text() === undefined) return undefined;
    if (typeof scalar.value !== "number") {
      const quoted = typeof scalar.value === "string" && /^\d+$/.test(scalar.value) ? ", without quotes" : "";
      return this.wrong(`"${printable(String(scalar.value))}" is not a number: ${rangeOf(min, max)}${quoted}`);
    }
    const source = scalar.source ?? String(scalar.value);
    const octal = /^[-+]?0\d/.test(source);
    if (!octal && Number.isInteger(scalar.value) && scalar.value >= min && scalar.value <= max) return scalar.value;
    const written = printable(source);
    if (octal) {
      return this.wrong(
        `${written} is octal for some readers and decimal for others: write it without the leading 0`,
        "PTL1006",
      );
    }
    if (!Number.isFinite(scalar.value))
      return this.wrong(`${written} is too large to be held: ${rangeOf(min, max)}`, "PTL1006");
    return this.wrong(`${written} is out of range: ${rangeOf(min, max)}`);
  }

  flag(): boolean | undefined {
    const scalar = this.#expect("scalar", "true or false") as ScalarNode | undefined;
    if (scalar === undefined || typeof scalar.value === "boolean") return scalar?.value as boolean | undefined;
    if (this.scalar?.value !== undefined && typeof scalar.value === "string" && this.text() === undefined)
      return undefined;
    return this.wrong(
      `"${printable(String(scalar.source ?? scalar.value))}" is not a boolean: use true or false, without quotes`,
    );
  }

  /** One of a few words, in exactly this case. */
  choice<Word extends string>(words: readonly Word[]): Word | undefined {
    const text = this.present ? this.text() : undefined;
    if (text === undefined) return undefined;
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    const known = words.join(", ");
    return this.wrong(`"${printable(text)}" is not known here${suggestion(text, words)}: use one of ${known}`);
  }

  /** Reports the absence of what must be there; an empty list is absent too. */
  required(why = "", code: ProblemCode = "IST0106"): this {
    const empty = this.#node?.kind === "list" && this.#node.items.length === 0;
    if (this.present && !empty) return this;
    const what = /[A-Za-z]/.test(lastOf(this.path)) ? lastOf(this.path) : "a value";
    this.wrong(`${what} is required${why === "" ? "" : `: ${why}`}`, code);
    return this;
  }

  /** Remembers the field's place in the object, for later checks. */
  mark(): this {
    const position = this.#node === undefined ? undefined : this.places.positionOf(this.#at);
    if (position !== undefined) this.reading.place(this.path, position);
    return this;
  }

  /** Reports what was never asked for: members of `unused` as known and not yet used, others as unknown. */
  rest(known: KnownFields = {}): void {
    const { unused = [], silent = [], severity = "warning" } = known;
    for (const [name, entry] of this.#map()?.entries ?? []) {
      if (this.#asked?.includes(name) === true || silent.includes(name)) continue;
      const field = this.#child(printable(name, 80), entry.value, entry.at);
      const broken = firstBroken(entry.value);
      if (broken !== undefined) field.#note("error", broken.at, broken.code, broken.message);
      else if (unused.includes(name)) field.#note(severity, entry.at, "PTL1009", `${name} is known and not yet used`);
      else {
        const near = suggestion(name, [...(this.#asked ?? []), ...unused, ...silent]);
        field.#note(
          "warning",
          entry.at,
          "PTL1008",
          `the field "${printable(name, 60)}" is not known${near}: it is ignored`,
        );
      }
    }
  }

  wrong(message: string, code: ProblemCode = "IST0106"): undefined {
    this.reading.report("error", code, this.places.positionOf(this.#at), this.path, message);
  }

  warn(message: string, code: ProblemCode = "IST0133"): undefined {
    this.reading.report("warning", code, this.places.positionOf(this.#at), this.path, message);
  }

  #note(severity: Severity, at: number, code: ProblemCode, message: string): void {
    this.reading.report(severity, code, this.places.positionOf(at), this.path, message);
  }

  /** `step` is our own word, or made printable. */
  #child(step: string, node: TreeNode | undefined, at = this.#at): Field {
    const path = this.path === "" ? step : `${this.path}.${step}`;
    return new Field(node, path, at, this.places, this.reading);
  }

  #map(): MapNode | undefined {
    return this.#expect("map", "a mapping") as MapNode | undefined;
  }

  #expect(kind: TreeNode["kind"], what: string): TreeNode | undefined {
    const node = this.#node;
    if (node === undefined || node.kind === kind) return node;
    if (node.kind === "broken") return this.wrong(node.message, node.code);
    const found =
      node.kind === "map" ? "a mapping" : node.kind === "list" ? "a list" : `"${printable(String(node.value), 40)}"`;
    return this.wrong(`${what} is expected and ${found} is given`);
  }
}

/** Names that `rest` takes as known beside those that were asked for. */
export interface KnownFields {
  /** Reported as not yet used. */
  readonly unused?: readonly string[];
  /** How grave that is. */
  readonly severity?: Severity;
  /** Passed over. */
  readonly silent?: readonly string[];
}

function rangeOf(min: number, max: number): string {
  return `use a whole number from ${min} to ${max}`;
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}
