/** Compiles every package into its `dist` (JavaScript and declarations) and bundles the CLI. */
import { execFileSync } from "node:child_process";
import { globSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { bundle } from "./bundle.ts";

const cwd = dirname(import.meta.dirname);
if (process.argv.includes("--clean")) {
  for (const path of globSync("packages/*/{dist,*.tsbuildinfo}", { cwd })) {
    rmSync(`${cwd}/${path}`, { recursive: true, force: true });
  }
}
const projects = globSync("packages/*/tsconfig.json", { cwd });
execFileSync("tsc", ["-b", ...projects], { cwd, stdio: "inherit" });
await bundle({ clean: true });
