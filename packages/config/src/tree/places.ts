import type { Position } from "@portolan/model";
import type { ScalarNode } from "./node.ts";

/** Turns the offsets of a tree into places of the file. */
export interface Places {
  positionOf(at: number): Position | undefined;
  /** Places of YAML text that is itself the value of a scalar. */
  within(scalar: ScalarNode): Places;
}

/** For values without text, such as JSON from the API. */
export const nowhere: Places = { positionOf: () => undefined, within: () => nowhere };

/** Places of a text that begins at `line` of its file. Lines are counted when the first place is asked for. */
export function placesOf(text: string, line: number): Places {
  let starts: number[] | undefined;
  const positionOf = (at: number): Position => {
    starts ??= lineStarts(text);
    // The end of the text belongs to its last line.
    const offset = Math.max(0, Math.min(at, text.endsWith("\n") ? text.length - 1 : text.length));
    const index = lineIndex(starts, offset);
    return { line: line + index, column: offset - (starts[index] ?? 0) + 1 };
  };
  const within = (scalar: ScalarNode): Places => {
    const own = positionOf(scalar.at);
    const value = typeof scalar.value === "string" ? scalar.value : "";
    const fixed: Places = { positionOf: () => own, within: () => fixed };
    if (scalar.literal !== true) return fixed;
    starts ??= lineStarts(text);
    const lines = starts;
    const first = lineIndex(lines, scalar.at) + 1;
    const indent = indentOf(text, lines, first, value);
    const inner = placesOf(value, line + first);
    const places: Places = {
      positionOf: (at) => {
        const position = inner.positionOf(at);
        if (position === undefined) return own;
        // An empty line of the value has no indent in the file either.
        const index = position.line - line;
        const end = (lines[index + 1] ?? text.length + 1) - (lines[index] ?? 0);
        return { line: position.line, column: Math.min(position.column + indent, end) };
      },
      within: (nested) => {
        const place = places.positionOf(nested.at);
        return { positionOf: () => place, within: () => places };
      },
    };
    return places;
  };
  return { positionOf, within };
}

/** By how much the file's lines are further right than those of the block scalar's value. */
function indentOf(text: string, starts: readonly number[], first: number, value: string): number {
  const lines = value.split("\n", 1000);
  const index = lines.findIndex((one) => one.trim() !== "");
  const start = starts[first + index];
  if (index < 0 || start === undefined) return 0;
  return leading(text, start) - leading(lines[index] ?? "", 0);
}

function leading(text: string, start: number): number {
  let at = start;
  while (text.charCodeAt(at) === 32) at++;
  return at - start;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** Index of the last line that begins at or before `at`. */
function lineIndex(starts: readonly number[], at: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}
