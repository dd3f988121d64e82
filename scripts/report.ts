/** The report that `pnpm test` has vitest write to `reports/tests.json`, as far as it is read here. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export const reportFile = join(dirname(import.meta.dirname), "reports", "tests.json");

export interface TestResult {
  readonly title: string;
  /** The title with those of its groups before it, separated by spaces. */
  readonly fullName: string;
  readonly status: "passed" | "failed" | "skipped" | "pending" | "todo" | "disabled";
}

export interface FileResult {
  readonly name: string;
  readonly status: "passed" | "failed";
  readonly assertionResults: readonly TestResult[];
}

export function readReport(file = reportFile): readonly FileResult[] {
  const report: { readonly testResults: readonly FileResult[] } = JSON.parse(readFileSync(file, "utf8"));
  return report.testResults;
}
