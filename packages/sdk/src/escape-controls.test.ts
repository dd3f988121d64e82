import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeControls } from "./escape-controls.ts";

test("S-26 controls are shown, C1 and those of direction included; other text stays", () => {
  expect(escapeControls('a"b\\é€😀')).toBe('a"b\\é€😀');
  expect(escapeControls("\u0000\t\n\r\u001b[2J\u007f\u009b\u2028\u202e\u2066")).toBe(
    "\\u0000\\u0009\\u000a\\u000d\\u001b[2J\\u007f\\u009b\\u2028\\u202e\\u2066",
  );
  expect(escapeControls("a\n\tb\r", { keepLines: true })).toBe("a\n\tb\\u000d");
});

test("S-26 JSON means the same after it, and is one line", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const json = escapeControls(JSON.stringify({ text }));
      expect(json).not.toMatch(/[\p{Cc}\u2028-\u202e]/u);
      expect(JSON.parse(json)).toEqual({ text });
    }),
  );
});
