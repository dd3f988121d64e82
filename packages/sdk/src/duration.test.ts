import { expect, test } from "vitest";
import { parseDuration } from "./duration.ts";

test.each([
  ["500ms", 500],
  ["30s", 30_000],
  ["10m", 600_000],
  ["24h", 86_400_000],
  ["7d", 604_800_000],
  ["1h30m", 5_400_000],
  ["1.5s", 1_500],
  ["0s", 0],
])("%s", (text, expected) => {
  expect(parseDuration(text, "--flag")).toBe(expected);
});

test.each(["", "30", "s", "-5s", "30 s", "30s!", "x30s", "1e3s", "25d", "99999999999h", "0.1ms"])(
  "%j is no duration",
  (text) => {
    expect(() => parseDuration(text, "--flag")).toThrow(
      expect.objectContaining({ code: "usage", message: expect.stringMatching(/^--flag ".*" is not a duration/) }),
    );
  },
);
