/** Compares `docs/ROWS.md` with the tests that ran: a row called `works` must name tests that passed. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readReport, type TestResult } from "./report.ts";

const rowsFile = join(dirname(import.meta.dirname), "docs", "ROWS.md");

export interface Row {
  readonly id: string;
  readonly status: string;
  readonly tests: readonly string[];
  readonly line: number;
}

/** The rows of the tables: lines that begin with a number such as `| 0.12 |`. */
export function parseRows(text: string): readonly Row[] {
  return text.split("\n").flatMap((source, index) => {
    const [, id, status = "", tests = ""] = source.split(/(?<!\\)\|/).map((cell) => cell.trim());
    if (id === undefined || !/^\d\.\d\d$/.test(id)) return [];
    const named = tests.split("<br>").map((name) => name.trim().replaceAll("\\|", "|"));
    return [{ id, status, tests: named.filter((name) => name !== ""), line: index + 1 }];
  });
}

/** What is wrong with the table, one sentence each. */
export function checkRows(rows: readonly Row[], ran: readonly TestResult[]): readonly string[] {
  const seen = new Set<string>();
  return rows.flatMap((row) => {
    const place = `docs/ROWS.md:${row.line} row ${row.id}`;
    const twice = seen.has(row.id) ? [`${place} stands there twice`] : [];
    seen.add(row.id);
    return [...twice, ...checkRow(row, ran).map((problem) => `${place} ${problem}`)];
  });
}

function checkRow({ status, tests }: Row, ran: readonly TestResult[]): readonly string[] {
  if (status === "not yet") return tests.length === 0 ? [] : ["is called not yet and names a test"];
  if (status !== "works") return [`has the status "${status}", which is neither works nor not yet`];
  if (tests.length === 0) return ["is called works and names no test"];
  return tests.flatMap((name) => {
    const named = ran.filter((result) => result.title === name || result.fullName === name);
    if (named.length === 0) return [`names a test that did not run: ${name}`];
    const bad = named.find((result) => result.status !== "passed");
    return bad === undefined ? [] : [`names a test that did not pass (${bad.status}): ${name}`];
  });
}

/** Compares the files in the tree; `works` and `total` are counts of rows. */
export function readAndCheckRows(): { works: number; total: number; problems: readonly string[] } {
  const rows = parseRows(readFileSync(rowsFile, "utf8"));
  const ran = readReport().flatMap((file) => file.assertionResults);
  return {
    works: rows.filter((row) => row.status === "works").length,
    total: rows.length,
    problems: checkRows(rows, ran),
  };
}

if (import.meta.main) {
  const { works, total, problems } = readAndCheckRows();
  for (const problem of problems) console.error(problem);
  console.log(`rows: ${works} of ${total} work, ${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
