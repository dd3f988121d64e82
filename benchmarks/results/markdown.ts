import type { Machine } from "../machine/describe.ts";
import type { WorkloadResult } from "./result.ts";

export function formatResult({ id, title, date, columns, rows, goals, notes }: WorkloadResult): string {
  return [
    `## ${id}: ${title}`,
    "",
    ...(rows.length === 0 ? [] : [...formatTable(columns, rows), ""]),
    ...(goals.length === 0
      ? []
      : [
          ...formatTable(
            ["goal", "measured", "reached"],
            goals.map(({ text, measured, reached }) => [text, measured, reached === "no" ? "**no**" : reached]),
          ),
          "",
        ]),
    ...notes.flatMap((note) => [note, ""]),
    `Measured ${date} UTC.`,
    "",
  ].join("\n");
}

/** The whole of RESULTS.md. */
export function formatResults(
  results: readonly WorkloadResult[],
  machine: Machine,
  missing: readonly string[],
): string {
  const goals = results.flatMap((result) => result.goals.map((goal) => ({ id: result.id, ...goal })));
  const reached = goals.filter((goal) => goal.reached === "yes").length;
  const ran = goals.filter((goal) => goal.reached !== "not run").length;
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return [
    "# Results",
    "",
    "What the goals of the benchmarks came to. `pnpm bench` writes this file; [README.md](README.md) says what is measured and how.",
    "Figures are medians over rounds, with the least and the most in parentheses. Absolute times belong to the machine and the hour: compare within a table only.",
    "",
    ...formatTable(
      ["", ""],
      [
        ["date", machine.date],
        ["commit", machine.commit],
        ["system", machine.system],
        ["processor", `${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB`],
        [
          "pinning",
          machine.pinned ? "server and client each on a core of its own" : "none: server and client share all cores",
        ],
        ["versions", versions.join(", ")],
        ["goals", `${reached} of ${ran} that were measured are reached`],
      ],
    ),
    "",
    ...missing.flatMap((text) => [text, ""]),
    "![CPU a change](chart.svg)",
    "",
    ...results.map(formatResult),
  ].join("\n");
}

/** A table in Markdown, line by line. */
export function formatTable(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)];
}
