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
  await writeFile(join(folder, "RESULTS.md"), formatResults(all, machine, missing));
  await writeFile(join(folder, "chart.svg"), drawChart(all));
}
