import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Machine } from "../machine/describe.ts";
import { drawChart } from "./chart.ts";
import { formatResults } from "./markdown.ts";
import type { WorkloadResult } from "./result.ts";

const folder = join(import.meta.dirname, "..");
const file = join(folder, "results.json");

/** Puts new results in the place of the old ones of the same workloads, and writes table and chart anew. */
export async function keepResults(
  results: readonly WorkloadResult[],
  machine: Machine,
  missing: readonly string[],
): Promise<void> {
  const known: WorkloadResult[] = JSON.parse(await readFile(file, "utf8").catch(() => "[]"));
  const byId = new Map([...known, ...results].map((result) => [result.id, result]));
  const all = [...byId.values()].sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
  await writeFile(file, `${JSON.stringify(all, null, 2)}\n`);
  const report = join(folder, "RESULTS.md");
  const sections = othersSections(await readFile(report, "utf8").catch(() => ""));
  await writeFile(report, [formatResults(all, machine, missing), ...sections, ""].join("\n"));
  await writeFile(join(folder, "chart.svg"), drawChart(all));
}

/** What other benchmarks wrote between marks of their own. */
function othersSections(text: string): readonly string[] {
  return [...text.matchAll(/<!-- (\w+):begin -->[\s\S]*?<!-- \1:end -->/g)].map(([section]) => section);
}
