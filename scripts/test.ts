/** Runs every test; the last line says `N passed, N failed, N skipped`. Arguments go to vitest. */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";

const report = "reports/tests.json";
rmSync(report, { force: true });
const vitest = spawnSync("vitest", ["run", ...process.argv.slice(2)], { stdio: "inherit" });
let failed = vitest.status === 0 ? 0 : 1;
let passed = 0;
let skipped = 0;
try {
  const counts = JSON.parse(readFileSync(report, "utf8"));
  passed = counts.numPassedTests;
  failed = Math.max(failed, counts.numFailedTests);
  skipped = counts.numPendingTests + counts.numTodoTests;
} catch {
  failed = 1;
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 ? 0 : 1;
