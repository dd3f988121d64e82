import { expect, test } from "vitest";
import type { TestResult } from "./report.ts";
import { checkRows, parseRows } from "./rows.ts";

const result = (title: string, status: TestResult["status"]): TestResult => ({
  title,
  fullName: `dns ${title}`,
  status,
});
const ran = [result("answers the VIP", "passed"), result("a|b", "passed"), result("broken", "failed")];
const check = (table: string) => checkRows(parseRows(table), ran);

test("a row that names tests which passed is accepted, by title or full name, pipes escaped", () => {
  expect(check("| 0.12 | works | answers the VIP | given ... | X |")).toEqual([]);
  expect(check("| 0.12 | works | dns answers the VIP<br>a\\|b | given ... | X |")).toEqual([]);
  expect(check("| 0.12 | not yet | | given ... | X |")).toEqual([]);
});

test.each([
  ["| 0.12 | works | | given |", "docs/ROWS.md:1 row 0.12 is called works and names no test"],
  ["| 0.12 | works | answers | given |", "docs/ROWS.md:1 row 0.12 names a test that did not run: answers"],
  ["| 0.12 | works | broken | given |", "docs/ROWS.md:1 row 0.12 names a test that did not pass (failed): broken"],
  ["| 0.12 | done | | given |", 'docs/ROWS.md:1 row 0.12 has the status "done", which is neither works nor not yet'],
  ["| 0.12 | not yet | broken | given |", "docs/ROWS.md:1 row 0.12 is called not yet and names a test"],
  ["| 0.12 | not yet | |\n| 0.12 | not yet | |", "docs/ROWS.md:2 row 0.12 stands there twice"],
])("%s is refused", (table, problem) => {
  expect(check(table)).toEqual([problem]);
});
