import { expect, test } from "vitest";
import { formatList, parseOutputFormat } from "./output.ts";
import { formatTable } from "./table.ts";

test("columns are as wide as their widest cell and five spaces apart, without trailing ones", () => {
  expect(
    formatTable(
      ["NAME", "KIND", "X"],
      [
        ["a-long-name", "Service", ""],
        ["b", "Pod", "1"],
      ],
    ),
  ).toBe("NAME            KIND        X\na-long-name     Service\nb               Pod         1\n");
});

test("without rows there is the header", () => {
  expect(formatTable(["NAME", "KIND"], [])).toBe("NAME     KIND\n");
});

test("S-26 a cell cannot leave its line or colour it", () => {
  expect(formatTable(["A", "B"], [["x\ny", "\u001b[31mred"]])).toBe("A            B\nx\\u000ay     \\u001b[31mred\n");
});

const items = [{ name: "a", nested: { list: [1, 2] } }];
const columns = [["NAME", (item: (typeof items)[number]) => item.name]] as const;

test.each([
  ["table", "NAME\na\n"],
  [
    "json",
    '[\n  {\n    "name": "a",\n    "nested": {\n      "list": [\n        1,\n        2\n      ]\n    }\n  }\n]\n',
  ],
  ["yaml", "- name: a\n  nested:\n    list:\n      - 1\n      - 2\n"],
])("a list as %s", (format, expected) => {
  expect(formatList(parseOutputFormat(format), items, columns)).toBe(expected);
});

test("another format is a usage error that names those there are", () => {
  expect(() => parseOutputFormat("xml")).toThrow(
    expect.objectContaining({ code: "usage", message: expect.stringContaining("table, json or yaml") }),
  );
});
