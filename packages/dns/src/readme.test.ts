import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";

it("the README's example runs and prints what it says", async () => {
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const example = /^```ts\n([\s\S]*?)^```/m.exec(readme)?.[1] ?? "";
  const folder = await mkdtemp(join(tmpdir(), "dns-readme-"));
  const own = pathToFileURL(join(import.meta.dirname, "index.ts")).href;
  try {
    const file = join(folder, "example.ts");
    await writeFile(file, example.replace('"@portolan/dns"', JSON.stringify(own)));
    const printed: unknown[][] = [];
    const { log } = console;
    console.log = (...words: unknown[]) => printed.push(words);
    try {
      await import(file);
    } finally {
      console.log = log;
    }
    expect(printed).toEqual([["NOERROR", "127.255.0.3"]]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
