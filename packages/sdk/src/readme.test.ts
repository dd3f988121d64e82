import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { entry } from "./testing/manifests.ts";
import { temporaryFolder } from "./testing/temporary-folder.ts";

test("the README's example runs on a folder of YAML, and ends", async () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const [, example = ""] = /^```ts\n([\s\S]*?)^```/m.exec(readme) ?? [];
  const index = new URL("./index.ts", import.meta.url).href;
  await using folder = await temporaryFolder();
  await folder.write("mesh/reviews.yaml", entry("reviews"));
  const file = await folder.write("example.mts", example.replace('"@portolan/sdk"', JSON.stringify(index)));
  const env = { ...process.env, NODE_NO_WARNINGS: "1" };
  const printed = execFileSync(process.execPath, [file], { cwd: folder.path, encoding: "utf8", env, timeout: 60_000 });
  expect(printed.trimEnd().split("\n")).toEqual([
    expect.stringMatching(/^xDS on 127\.0\.0\.1:\d+, DNS on 127\.0\.0\.1:\d+$/),
    expect.stringMatching(/^reviews\.shop\.global 8000 closed: /),
    "every proxy has it",
  ]);
});
