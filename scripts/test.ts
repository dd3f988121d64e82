/**
 * Runs every test, then compares `docs/ROWS.md` with what ran. Arguments go to vitest; with arguments only some of the
 * tests run and the rows are left alone. The last line is `N passed, N failed, N skipped`.
 */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { relative } from "node:path";
import { type FileResult, readReport, reportFile } from "./report.ts";
import { readAndCheckRows } from "./rows.ts";

const args = process.argv.slice(2).filter((arg) => arg !== "--");

rmSync(reportFile, { force: true });
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`];
const vitest = spawnSync("vitest", ["run", ...reporters, ...args], { stdio: "inherit" });

function runReport(): readonly FileResult[] {
  try {
    return readReport();
  } catch {
    console.error("vitest wrote no report");
    return [];
  }
}

const files = runReport();
const statuses = files.flatMap((file) => file.assertionResults.map((result) => result.status));
const passed = statuses.filter((status) => status === "passed").length;
let failed = statuses.filter((status) => status === "failed").length;
const skipped = statuses.length - passed - failed;

// A file that could not be loaded has no tests to count, and an error outside of tests belongs to none.
failed += files.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
if (vitest.status !== 0 && failed === 0) failed = 1;

const isSkipped = (status: string) => status !== "passed" && status !== "failed";
for (const file of files) {
  const left = file.assertionResults.filter((result) => isSkipped(result.status)).length;
  if (left > 0)
    console.log(`not run: ${left} of ${file.assertionResults.length} in ${relative(process.cwd(), file.name)}`);
}

if (args.length === 0 && files.length > 0) {
  if (process.env.PORTOLAN_SKIP_ENVOY === "1") {
    console.log("rows: not compared, since PORTOLAN_SKIP_ENVOY=1 leaves tests out");
  } else {
    const { works, total, problems } = readAndCheckRows();
    for (const problem of problems) console.error(problem);
    console.log(`rows: ${works} of ${total} work`);
    failed += problems.length;
  }
}

console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 ? 0 : 1;
