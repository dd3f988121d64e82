import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { jsonArray, jsonTexts } from "./json-array.ts";

const same = (value: unknown) => value;

test.each([[[]], [[1]], [[{ a: "b" }, null, ["c"]]]])("%j is an array as JSON writes it", async (values) => {
  expect(await text(jsonArray(values, same))).toBe(JSON.stringify(values));
  expect(await text(jsonArray(values, same, "items"))).toBe(JSON.stringify({ items: values }));
});

test("what is not there any more is left out", async () => {
  const odd = (value: number) => (value % 2 === 0 ? undefined : { value });
  expect(await text(jsonArray([0, 1, 2, 3], odd))).toBe('[{"value":1},{"value":3}]');
  expect(await text(jsonArray([0], odd))).toBe("[]");
});

test("others have their turn between slices, and what nobody reads is not made", async () => {
  let made = 0;
  let turns = 0;
  let nowMs = 0;
  const make = () => {
    nowMs++;
    return made++;
  };
  const texts = jsonTexts(new Array(100).fill(0), make, () => nowMs);
  await new Promise((resolve) => setImmediate(resolve));
  expect(made).toBe(0);
  const count = () => {
    turns++;
    if (made < 100) setImmediate(count);
  };
  count();
  expect(JSON.parse(await text(Readable.from(texts)))).toHaveLength(100);
  expect(turns).toBeGreaterThanOrEqual(20);
});
