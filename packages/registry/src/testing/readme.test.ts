import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { temporaryFolder } from "./mesh-folder.ts";

test("the README's example prints what the README says", () => {
  const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");
  const [, example = ""] = /^```ts\n([\s\S]*?)^```/m.exec(readme) ?? [];
  const expected = [...example.matchAll(/\/\/ (.*)$/gm)].map(([, said]) => said);
  expect(expected.length).toBe(4);
  using folder = temporaryFolder();
  const path = join(folder.path, "example.mts");
  const source = pathToFileURL(join(import.meta.dirname, "../index.ts")).href;
  writeFileSync(path, example.replace('"@portolan/registry"', `"${source}"`));
  const printed = execFileSync(process.execPath, [path], { encoding: "utf8", timeout: 30_000 });
  expect(printed.trimEnd().split("\n")).toEqual(expected);
});
