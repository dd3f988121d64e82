import { expect, test } from "vitest";
import { recordedTerminal } from "../testing/recorded-terminal.ts";
import { coloursOf, paint } from "./terminal.ts";

const both = { out: true, talk: true };

test.each([
  ["a terminal", { env: { TERM: "xterm" }, isTerminal: both, noColour: false }, both],
  [
    "stdout in a file",
    { env: {}, isTerminal: { out: false, talk: true }, noColour: false },
    { out: false, talk: true },
  ],
  [
    "stderr in a file",
    { env: {}, isTerminal: { out: true, talk: false }, noColour: false },
    { out: true, talk: false },
  ],
  ["NO_COLOR", { env: { NO_COLOR: "1" }, isTerminal: both, noColour: false }, { out: false, talk: false }],
  ["an empty NO_COLOR", { env: { NO_COLOR: "" }, isTerminal: both, noColour: false }, both],
  ["TERM=dumb", { env: { TERM: "dumb" }, isTerminal: both, noColour: false }, { out: false, talk: false }],
  ["--no-color", { env: {}, isTerminal: both, noColour: true }, { out: false, talk: false }],
])("colours on %s", (_title, surroundings, expected) => {
  expect(coloursOf(surroundings)).toEqual(expected);
});

test("a text is painted for the stream that takes colours", () => {
  expect(paint(recordedTerminal(true), "out", "bad", "no")).toBe("\u001b[31mno\u001b[39m");
  expect(paint(recordedTerminal(false), "talk", "bad", "no")).toBe("no");
});
