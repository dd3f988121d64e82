import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitDocuments } from "../index.ts";

describe("documents of a file", () => {
  it.each([
    ["one document", "a: 1\n", [[1, "a: 1\n"]]],
    ["no newline at the end", "a: 1", [[1, "a: 1\n"]]],
    [
      "two documents",
      "a: 1\n---\nb: 2\n",
      [
        [1, "a: 1\n"],
        [3, "b: 2\n"],
      ],
    ],
    ["a marker at the start and the end", "---\na: 1\n---\n", [[2, "a: 1\n"]]],
    ["empty documents", "---\n---\n\n---\n# only a comment\n---\na: 1\n---", [[7, "a: 1\n"]]],
    ["leading comments and blanks", "# licence\n\n  # more\na: 1\n", [[4, "a: 1\n"]]],
    ["comments inside stay", "a: 1\n# b\nc: 2\n", [[1, "a: 1\n# b\nc: 2\n"]]],
    [
      "the end marker",
      "a: 1\n...\n---\nb: 2\n...\n",
      [
        [1, "a: 1\n"],
        [4, "b: 2\n"],
      ],
    ],
    [
      "content on the marker's line",
      "a: 1\n--- {b: 2}\n",
      [
        [1, "a: 1\n"],
        [2, "    {b: 2}\n"],
      ],
    ],
    ["a comment on the marker's line", "--- # first\na: 1\n", [[2, "a: 1\n"]]],
    [
      "a byte order mark",
      "\uFEFFa: 1\n---\n\uFEFFb: 2\n",
      [
        [1, "a: 1\n"],
        [3, "b: 2\n"],
      ],
    ],
    ["a byte order mark before a marker", "\uFEFF---\na: 1\n", [[2, "a: 1\n"]]],
    [
      "Windows' line ends",
      "a: 1\r\n---\r\nb: 2\r\n",
      [
        [1, "a: 1\n"],
        [3, "b: 2\n"],
      ],
    ],
    ["directives", "%YAML 1.2\n# x\n---\na: 1\n", [[4, "a: 1\n"]]],
    ["what only looks like a marker", "a: |\n  ---\n ---\n---x\n", [[1, "a: |\n  ---\n ---\n---x\n"]]],
    ["U+2028 is no line end", "a: x\u2028---\n", [[1, "a: x\u2028---\n"]]],
    ["nothing", "", []],
    ["blanks", " \n\t\n", []],
  ] as const)("%s", (_, text, expected) => {
    expect(splitDocuments(text).map(({ line, text: slice }) => [line, slice])).toEqual(expected);
  });

  it("gives every document the line at which it stands, and equal documents equal text", () => {
    const body = fc.constantFrom("a: 1", "kind: X\nspec:\n  b: 2", "# c\nd: e", "x: |\n  y\n");
    const between = fc.constantFrom("---\n", "---\r\n", "...\n---\n", "--- # c\n", "---\n\n# c\n");
    fc.assert(
      fc.property(fc.array(fc.tuple(between, body), { maxLength: 20 }), (parts) => {
        const text = parts.map(([mark, one]) => `${mark}${one}\n`).join("");
        const lines = text.split("\n");
        const slices = splitDocuments(text);
        expect(slices).toHaveLength(parts.length);
        for (const [index, { text: slice, line }] of slices.entries()) {
          expect(lines[line - 1]).toBe(slice.split("\n")[0]);
          expect(slice.trim().endsWith((parts[index]?.[1] ?? "").replace(/^# c\n/, "").trim())).toBe(true);
        }
        expect(new Set(slices.map((slice) => slice.text)).size).toBe(new Set(parts.map(([, one]) => one)).size);
      }),
    );
  });
});
