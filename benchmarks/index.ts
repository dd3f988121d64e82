/**
 * Measures this project's server beside others, in one run: `pnpm bench` the short set, `pnpm bench:full` everything,
 * `pnpm bench --smoke` only that it works. `--only W1,W2` runs some; the rest of RESULTS.md stays as it is.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "../scripts/bundle.ts";
import { runBenchmarks } from "./run.ts";
import type { Size } from "./workloads/workload.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: {
    smoke: { type: "boolean", default: false },
    full: { type: "boolean", default: false },
    only: { type: "string" },
    /** Measure this program in the place of the one bundled from the checkout. */
    program: { type: "string" },
  },
});
const size: Size = values.smoke ? "smoke" : values.full ? "full" : "short";
const directory = await mkdtemp(join(tmpdir(), "portolan-bench-"));
try {
  const ran = await runBenchmarks({
    size,
    only: values.only?.split(","),
    program: values.program ?? (await bundle()),
    directory,
    say: (text) => console.error(text),
  });
  console.log(ran.text);
} finally {
  await rm(directory, { recursive: true, force: true });
}
