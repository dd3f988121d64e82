/** The sizes of the TypeScript files in lines, and whether they stay within what the project allows itself. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const limits = { median: 120, p90: 300, max: 500 };

const cwd = dirname(import.meta.dirname);
const list = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.ts"], { cwd, encoding: "utf8" });
const sizes = list
  .split("\n")
  .filter((path) => path !== "" && existsSync(join(cwd, path)))
  .map((path) => ({ path, lines: readFileSync(join(cwd, path), "utf8").split("\n").length - 1 }))
  .toSorted((a, b) => a.lines - b.lines);

function quantile(share: number): number {
  return sizes[Math.min(sizes.length - 1, Math.floor(share * sizes.length))]?.lines ?? 0;
}

const found = { median: quantile(0.5), p90: quantile(0.9), max: quantile(1) };
console.log(`${sizes.length} files: median ${found.median}, p90 ${found.p90}, max ${found.max} lines`);
for (const { path, lines } of sizes.slice(-5).reverse()) console.log(`${String(lines).padStart(5)} ${path}`);
for (const key of ["median", "p90", "max"] as const) {
  if (found[key] <= limits[key]) continue;
  console.error(`${key} is ${found[key]} lines, at most ${limits[key]} are allowed`);
  process.exitCode = 1;
}
