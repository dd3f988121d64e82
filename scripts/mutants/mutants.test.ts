import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { edited } from "./mutant.ts";
import { mutants } from "./mutants.ts";

const source = join(dirname(dirname(import.meta.dirname)), "packages", "xds", "src");

test.each(mutants)("the bug can be planted: $name", ({ edits, tests }) => {
  for (const edit of edits) {
    expect(edited(readFileSync(join(source, edit.file), "utf8"), edit)).not.toHaveProperty("problem");
  }
  for (const path of tests) expect(existsSync(join(source, path))).toBe(true);
});

test("no two bugs have one name", () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
});

test("text that is not there, or stands there twice, is a problem", () => {
  const edit = { file: "f", find: "b", replace: "x" };
  expect(edited("abc", edit)).toEqual({ text: "axc" });
  expect(edited("ac", edit)).toHaveProperty("problem");
  expect(edited("abcb", edit)).toHaveProperty("problem");
});
