import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

/** Bytes of the young generation after a load of objects that live for a while. */
function grown(first: string): number {
  const program = `
    const { getHeapSpaceStatistics } = await import("node:v8");
    ${first}
    let held = [];
    for (let at = 0; at < 1_000_000; at++) {
      held.push({ at });
      if (held.length > 100_000) held = [];
    }
    console.log(getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space").space_size);
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    encoding: "utf8",
  });
  if (stderr.includes("Error")) throw new Error(stderr);
  return Number(stdout);
}

test("the young generation does not grow", () => {
  const path = JSON.stringify(new URL("./young-generation.ts", import.meta.url).href);
  const kept = grown(`(await import(${path})).keepYoungGenerationSmall();`);
  expect(kept).toBeGreaterThan(0);
  expect(kept).toBeLessThanOrEqual(4 * 1024 * 1024);
  expect(grown("")).toBeGreaterThan(kept);
});
