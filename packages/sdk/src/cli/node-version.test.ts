import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { unsupportedNode } from "./node-version.ts";

test.each(["22.13.0", "22.20.1", "24.0.0", "100.1.2"])("%s is new enough", (version) => {
  expect(unsupportedNode(version)).toBeUndefined();
});

test.each(["20.20.2", "22.12.0", "18.0.0"])("%s is told what is needed", (version) => {
  expect(unsupportedNode(version)).toBe(
    `portolan needs Node 22.13 or later, and this is ${version}: put a newer \`node\` first on PATH`,
  );
});

test("it is what the package asks for", () => {
  const { engines } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const oldest = engines.node.replace(">=", "");
  expect(unsupportedNode(`${oldest}.0`)).toBeUndefined();
  expect(unsupportedNode(`22.${Number(oldest.split(".")[1]) - 1}.0`)).toBeDefined();
});
