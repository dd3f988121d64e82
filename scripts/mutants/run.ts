/**
 * Plants the bugs of this folder into a copy of `packages/xds`, one at a time, and runs tests: each bug must make some test
 * fail. `pnpm test:mutants [WORDS]` takes only the bugs whose name holds the words. Exits 1 where a bug is not caught, or
 * its text does not stand in the source any more.
 */
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { edited, type Mutant } from "./mutant.ts";
import { mutants } from "./mutants.ts";

const root = dirname(dirname(import.meta.dirname));
const packageFolder = join("packages", "xds");
/** Tests that hang have seen the bug as well. */
const patienceMs = 180_000;

type Verdict = "caught" | "survived" | { readonly problem: string };

/** A copy of the package as it is in the tree, committed or not; what it needs from elsewhere is linked to. */
function copyProject(): string {
  const copy = mkdtempSync(join(tmpdir(), "portolan-mutants-"));
  const listed = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", packageFolder], {
    cwd: root,
    encoding: "utf8",
  });
  const files = listed.stdout.split("\n").filter((file) => file !== "" && existsSync(join(root, file)));
  // Project references lead to packages that are not in the copy.
  const sources = files.filter((file) => !/tsconfig[^/]*\.json$/.test(file));
  for (const file of ["package.json", "vitest.config.ts", ...sources]) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  cpSync(join(root, "tsconfig.base.json"), join(copy, "tsconfig.json"));
  for (const folder of [".", packageFolder]) {
    symlinkSync(join(root, folder, "node_modules"), join(copy, folder, "node_modules"));
  }
  return copy;
}

/** Whether the tests pass; undefined where they did not end. */
function passes(copy: string, tests: readonly string[]): Promise<{ passed: boolean | undefined; output: string }> {
  const filters = tests.map((test) => join(packageFolder, "src", test));
  const vitest = spawn(
    join(root, "node_modules", ".bin", "vitest"),
    ["run", "--project", "unit", "--bail", "1", "--testTimeout", "30000", ...filters],
    {
      cwd: copy,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1" },
    },
  );
  let output = "";
  vitest.stdout.on("data", (bytes: Buffer) => (output += bytes.toString()));
  vitest.stderr.on("data", (bytes: Buffer) => (output += bytes.toString()));
  const { promise, resolve } = Promise.withResolvers<{ passed: boolean | undefined; output: string }>();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    vitest.kill("SIGKILL");
  }, patienceMs);
  vitest.on("close", (code) => {
    clearTimeout(timer);
    resolve({ passed: late ? undefined : code === 0, output });
  });
  return promise;
}

async function judge(copy: string, mutant: Mutant): Promise<Verdict> {
  const source = join(copy, packageFolder, "src");
  const originals = new Map<string, string>();
  try {
    for (const edit of mutant.edits) {
      const path = join(source, edit.file);
      const text = readFileSync(path, "utf8");
      if (!originals.has(path)) originals.set(path, text);
      const result = edited(text, edit);
      if ("problem" in result) return result;
      writeFileSync(path, result.text);
    }
    const { passed, output } = await passes(copy, mutant.tests);
    if (passed === true) return "survived";
    // A bug that cannot even be loaded proves nothing.
    if (passed === false && !/Tests +.*\d+ failed/.test(output))
      return { problem: `no test ran\n${output.slice(-2000)}` };
    return "caught";
  } finally {
    for (const [path, text] of originals) writeFileSync(path, text);
  }
}

const words = process.argv.slice(2).filter((arg) => arg !== "--");
const chosen = mutants.filter(({ name }) => words.every((word) => name.includes(word)));
const copy = copyProject();
try {
  const whole = await passes(copy, [...new Set(chosen.flatMap(({ tests }) => tests))]);
  if (whole.passed !== true) throw new Error(`the tests fail without any bug\n${whole.output.slice(-4000)}`);
  const bad: string[] = [];
  for (const [at, mutant] of chosen.entries()) {
    const verdict = await judge(copy, mutant);
    const word = typeof verdict === "string" ? verdict : `wrong: ${verdict.problem}`;
    console.log(`${at + 1}/${chosen.length} ${mutant.name}: ${word}`);
    if (verdict !== "caught") bad.push(`${mutant.name}: ${word}`);
  }
  console.log(`${chosen.length - bad.length} of ${chosen.length} bugs are caught`);
  for (const line of bad) console.error(line);
  process.exitCode = bad.length === 0 && chosen.length > 0 ? 0 : 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}
