import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";

/** As long as others can wait. */
const SLICE_MS = 5;

/** A JSON array, or with a name an object that holds nothing else, as `jsonTexts` writes it. */
export function jsonArray<Element>(
  elements: Iterable<Element>,
  toValue: (element: Element) => unknown,
  name?: string,
): Readable {
  const texts = jsonTexts(elements, toValue);
  return Readable.from(name === undefined ? texts : framed(`{${JSON.stringify(name)}:`, texts, "}"));
}

async function* framed(before: string, texts: AsyncIterable<string>, after: string): AsyncGenerator<string> {
  yield before;
  yield* texts;
  yield after;
}

/**
 * A JSON array as it is written: what each element says is worked out as the reader takes it, in slices between which the event
 * loop turns, so that ten thousand neither hold others up nor are in memory together. Undefined: it is left out.
 */
export async function* jsonTexts<Element>(
  elements: Iterable<Element>,
  toValue: (element: Element) => unknown,
  nowMs: () => number = () => performance.now(),
): AsyncGenerator<string> {
  let text = "[";
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
  yield `${text}]`;
}
