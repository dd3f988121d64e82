import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";

/** As long as others can wait. */
const SLICE_MS = 5;

/**
 * A JSON array as it is written: values are made as the reader takes them, in slices between which the event loop turns, so that
 * ten thousand of them neither hold others up nor are in memory together.
 */
export function jsonArray(values: Iterable<unknown>, nowMs: () => number = () => performance.now()): Readable {
  return Readable.from(textsOf(values, nowMs));
}

async function* textsOf(values: Iterable<unknown>, nowMs: () => number): AsyncGenerator<string> {
  let text = "[";
  let separator = "";
  let sinceMs = nowMs();
  for (const value of values) {
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
