import { globSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";

const root = dirname(import.meta.dirname);

/** Names that an example invents: its own, those of its applications, and the hosts that it declares. */
function wordsOf(example: string): readonly string[] {
  const folder = join(root, "examples", example);
  const { applications } = parse(readFileSync(join(folder, "demo.yaml"), "utf8")) as {
    applications: { name: string }[];
  };
  const meshText = globSync("mesh/*.yaml", { cwd: folder }).map((file) => readFileSync(join(folder, file), "utf8"));
  const hosts = [...meshText.join("\n").matchAll(/- ([a-z0-9.-]+\.global)$/gm)].map((match) => match[1] ?? "");
  return [...new Set([example, ...applications.map(({ name }) => name.replace(/-\d+$/, "")), ...hosts])];
}

test.each(readdirSync(join(root, "examples")))("no word of the example %s occurs in packages", (example) => {
  const words = wordsOf(example);
  expect(words.length).toBeGreaterThan(2);
  const files = globSync("packages/*/src/**/*.ts", { cwd: root }).filter((file) => !/\.test\.ts$|\/gen\//.test(file));
  expect(files.length).toBeGreaterThan(100);
  const found = files.flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    return words.filter((word) => text.includes(word)).map((word) => `${file}: ${word}`);
  });
  expect(found).toEqual([]);
});
