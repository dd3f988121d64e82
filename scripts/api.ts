/**
 * The API reports: `packages/NAME/api.md` records what a package exports, so that a change of it is seen in review.
 * `pnpm api:update` rewrites them; a test compares them.
 */
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Exported, readExports } from "./declarations.ts";

const root = dirname(import.meta.dirname);

export const packageNames: readonly string[] = globSync("packages/*/package.json", { cwd: root })
  .map((path) => basename(dirname(path)))
  .sort();

/** Emits the declarations of every package; returns what the compiler said. */
export function compile(): string {
  const projects = packageNames.map((name) => join("packages", name, "tsconfig.json"));
  return spawnSync(join("node_modules", ".bin", "tsc"), ["-b", ...projects], { cwd: root, encoding: "utf8" }).stdout;
}

const reportFile = (name: string) => join(root, "packages", name, "api.md");

export function recordedReport(name: string): string {
  return existsSync(reportFile(name)) ? readFileSync(reportFile(name), "utf8") : "";
}

export function currentReport(name: string): string {
  const { exported, hidden } = readExports(join(root, "packages", name, "dist", "index.d.ts"));
  const parts = [
    `# @portolan/${name}: what it exports`,
    "Written by `pnpm api:update`; a test compares it with the code.",
    block(exported),
  ];
  if (hidden.length > 0) parts.push("Referred to by the above and not exported:", block(hidden));
  return `${parts.join("\n\n")}\n`;
}

function block(entries: readonly Exported[]): string {
  return ["```ts", ...entries.map(({ declarations }) => declarations.join("\n")), "```"].join("\n");
}

if (import.meta.main) {
  process.stderr.write(compile());
  for (const name of packageNames) {
    const changed = currentReport(name) !== recordedReport(name);
    if (changed && process.argv.includes("--update")) writeFileSync(reportFile(name), currentReport(name));
    if (changed) console.log(`packages/${name}/api.md`);
  }
}
