import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

/** Bytes of the young generation after a load of objects that live for a while. */
function grown(first: string): number {
  return run(`
    const { getHeapSpaceStatistics } = await import("node:v8");
    ${first}
    let held = [];
    for (let at = 0; at < 1_000_000; at++) {
      held.push({ at });
      if (held.length > 100_000) held = [];
    }
    console.log(getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space").space_size);
  `);
}

/** The compilers (bits of V8's `OptimizationStatus`) that a function has seen which is called ever more often. */
function compilers(first: string): number {
  return run(`
    ${first}
    const add = (a, b) => a + b;
    let seen = 0;
    for (let at = 0; at < 3_000_000; at++) {
      add(at, 1);
      if (at % 100 === 0) seen |= %GetOptimizationStatus(add);
    }
    console.log(seen);
  `);
}

/** How many threads took part in a collection of the young generation, on average. */
function collectors(first: string): number {
  const trace = output(
    `${first}
    let held = [];
    for (let at = 0; at < 300_000; at++) {
      held.push({ at });
      if (held.length > 50_000) held = [];
    }`,
    ["--trace-gc", "--trace-parallel-scavenge"],
  );
  return [...trace.matchAll(/scavenge\[/g)].length / [...trace.matchAll(/Scavenge /g)].length;
}

function run(program: string): number {
  return Number(output(program, ["--allow-natives-syntax"]));
}

function output(program: string, flags: readonly string[]): string {
  const args = [...flags, "--input-type=module", "--eval", program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (stderr.includes("Error")) throw new Error(stderr);
  return stdout;
}

const SET_UP = `(await import(${JSON.stringify(new URL("./engine.ts", import.meta.url).href)})).setUpEngine();`;

test("the young generation does not grow", () => {
  const kept = grown(SET_UP);
  expect(kept).toBeGreaterThan(0);
  // Else some 32 MB; with it 1 to 6, the more the later the collector gets a processor.
  expect(kept).toBeLessThan(grown("") / 3);
});

test("one thread collects the young generation", () => {
  // What was collected before the engine was set up may have been by several.
  const few = 1.5;
  expect(collectors(SET_UP)).toBeLessThan(few);
  // Unless told, several do; where the others get no processor in time, one has done all before they begin.
  while (collectors("") < few);
});

test("Maglev compiles nothing", () => {
  const maglev = 1 << 5;
  expect(compilers("") & maglev).toBe(maglev);
  expect(compilers(SET_UP) & maglev).toBe(0);
});
