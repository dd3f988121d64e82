import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";

/** As long as others can wait. */
const SLICE_MS = 5;

export interface JsonArrayOptions {
  /** The name of the array in an object that holds nothing else; undefined: there is only the array. */
  readonly name?: string;
  readonly nowMs?: () => number;
}

/**
 * A JSON array as it is written: what each element says is worked out as the reader takes it, in slices between which the event
 * loop turns, so that ten thousand neither hold others up nor are in memory together. Undefined: it is left out.
 */
export function jsonArray<Element>(
  elements: Iterable<Element>,
  toValue: (element: Element) => unknown,
  options: JsonArrayOptions = {},
): Readable {
  return Readable.from(textsOf(elements, toValue, options));
}

async function* textsOf<Element>(
  elements: Iterable<Element>,
  toValue: (element: Element) => unknown,
  { name, nowMs = () => performance.now() }: JsonArrayOptions,
): AsyncGenerator<string> {
  let text = name === undefined ? "[" : `{${JSON.stringify(name)}:[`;
  let separator = "";
  let sinceMs = nowMs();
  for (const element of elements) {
    const value = toValue(element);
    if (value === undefined) continue;
    text += separator + JSON.stringify(value);
    separator = ",";
    if (nowMs() - sinceMs < SLICE_MS) continue;
    yield text;
    text = "";
    await nextTurn();
    sinceMs = nowMs();
  }
  yield `${text}]${name === undefined ? "" : "}"}`;
}
