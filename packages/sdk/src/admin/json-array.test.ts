import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { jsonArray } from "./json-array.ts";

test.each([[[]], [[1]], [[{ a: "b" }, null, ["c"]]]])("%j is an array as JSON writes it", async (values) => {
  expect(await text(jsonArray(values))).toBe(JSON.stringify(values));
});

test("others have their turn between slices, and what nobody reads is not made", async () => {
  let made = 0;
  let turns = 0;
  let nowMs = 0;
  function* values() {
    for (; made < 100; made++) {
      nowMs++;
      yield made;
    }
  }
  const stream = jsonArray(values(), () => nowMs);
  await new Promise((resolve) => setImmediate(resolve));
  expect(made).toBe(0);
  const count = () => {
    turns++;
    if (made < 100) setImmediate(count);
  };
  count();
  expect(JSON.parse(await text(stream))).toHaveLength(100);
  expect(turns).toBeGreaterThanOrEqual(20);
});
