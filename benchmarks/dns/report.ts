import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { formatResult } from "../results/markdown.ts";
import type { WorkloadResult } from "../results/result.ts";

const file = join(import.meta.dirname, "..", "RESULTS.md");
const BEGIN = "<!-- dns:begin -->";
const END = "<!-- dns:end -->";

/** The DNS section as it is written down. */
export function formatSection(about: readonly string[], results: readonly WorkloadResult[]): string {
  return ["# DNS", "", ...about.flatMap((line) => [line, ""]), ...results.map(formatResult)].join("\n");
}

/** Puts the section in the place of the old one, and leaves the rest of the file alone. */
export async function writeSection(section: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const text = await readFile(file, "utf8").catch(() => "");
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  const before = begin < 0 ? `${text.trimEnd()}\n\n` : text.slice(0, begin);
  const after = end < 0 ? "\n" : text.slice(end + END.length);
  await writeFile(file, `${before}${BEGIN}\n${section.trim()}\n${END}${after}`);
}
