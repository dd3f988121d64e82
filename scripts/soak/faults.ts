/**
 * Faults at full size, one after the other: `pnpm soak:faults [NAME ...] [--short]`. Without names all of them. Each prints its
 * figures and PASS or FAIL and ends by itself; exits 1 where one failed.
 */
import { parseArgs } from "node:util";
import { FAULTS } from "../../e2e/faults/index.ts";
import { formatFigure } from "../../e2e/faults/verdict.ts";

const { values, positionals } = parseArgs({ options: { short: { type: "boolean" } }, allowPositionals: true });
const unknown = positionals.filter((name) => !(name in FAULTS));
if (unknown.length > 0) {
  console.error(`no fault is called ${unknown.join(", ")}; there are ${Object.keys(FAULTS).join(", ")}`);
  process.exit(64);
}

for (const [name, { title, run }] of Object.entries(FAULTS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  console.log(`${name}: ${title}`);
  const startMs = performance.now();
  const { figures, failures } = await run(values.short === true ? "short" : "full").catch((error: unknown) => ({
    figures: [],
    failures: [error instanceof Error ? (error.stack ?? error.message) : String(JSON.stringify(error))],
  }));
  for (const figure of figures) console.log(`  ${formatFigure(figure)}`);
  for (const failure of failures) console.error(`  ${failure}`);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
  console.log(`${failures.length === 0 ? "PASS" : "FAIL"} ${name}, ${seconds} s`);
  if (failures.length > 0) process.exitCode = 1;
}
process.exit();
