/**
 * Packs every package, installs the tarballs into an empty project, and uses them there as a user would: by import, by
 * the CLI, and by the example in each README, which is compiled and run. `--keep` leaves the project for inspection.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { packageNames } from "./api.ts";

const root = dirname(import.meta.dirname);
const work = mkdtempSync(join(tmpdir(), "portolan-pack-"));
const tarballs = join(work, "tarballs");
const project = join(work, "project");
const failures: string[] = [];

function check(what: string, problem: string | undefined): void {
  console.log(`${problem === undefined ? "ok    " : "FAILED"} ${what}${problem === undefined ? "" : `\n${problem}`}`);
  if (problem !== undefined) failures.push(what);
}

/** Runs a command; what it printed if it failed. */
function attempt(cwd: string, command: string, args: readonly string[]): string | undefined {
  const ran = spawnSync(command, args, { cwd, encoding: "utf8", timeout: 120_000 });
  if (ran.status === 0) return undefined;
  return `${ran.stdout ?? ""}${ran.stderr ?? ""}${ran.error?.message ?? ""}`.trim() || `exit code ${ran.status}`;
}

function pack(): Map<string, string> {
  mkdirSync(tarballs);
  for (const name of packageNames) {
    execFileSync("pnpm", ["pack", "--pack-destination", tarballs], {
      cwd: join(root, "packages", name),
      stdio: "pipe",
    });
  }
  const files = readdirSync(tarballs);
  return new Map(
    packageNames.map((name) => [
      name,
      join(tarballs, files.find((file) => file.startsWith(`portolan-${name}-`)) ?? ""),
    ]),
  );
}

function checkContents(tarball: string): string | undefined {
  const paths = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).trim().split("\n");
  const missing = ["LICENSE", "README.md", "dist/index.js", "dist/index.d.ts"].filter(
    (path) => !paths.includes(`package/${path}`),
  );
  const surplus = paths.filter((path) => /\.test\.|\/testing\/|\/src\/|tsbuildinfo|(?<!\.d)\.ts$/.test(path));
  const problems = [
    ...missing.map((path) => `${path} is missing`),
    ...surplus.map((path) => `${path} should not be packed`),
  ];
  return problems.length === 0 ? undefined : problems.join("\n");
}

function createProject(packed: ReadonlyMap<string, string>): void {
  const manifest: { version: string } = JSON.parse(
    readFileSync(join(root, "node_modules/@types/node/package.json"), "utf8"),
  );
  const ours = [...packed].map(([name, file]) => [`@portolan/${name}`, `file:${file}`]);
  const dependencies = { ...Object.fromEntries(ours), "@types/node": manifest.version };
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module", dependencies }));
  const compilerOptions = {
    module: "nodenext",
    target: "es2024",
    lib: ["es2024", "esnext.disposable"],
    types: ["node"],
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
  };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  const mesh = join(root, "examples", "multi-network", "mesh");
  mkdirSync(join(project, "mesh"));
  for (const file of readdirSync(mesh)) {
    const text = readFileSync(join(mesh, file), "utf8");
    writeFileSync(join(project, "mesh", file), text.replaceAll(/\$\{[A-Z_]+\}/g, "127.0.9.1"));
  }
}

/** The first TypeScript block of a README. */
function readmeExample(name: string): string | undefined {
  return /^```ts\n([\s\S]*?)^```/m.exec(readFileSync(join(root, "packages", name, "README.md"), "utf8"))?.[1];
}

/** What the compiler says about the examples and our declarations; faults of other packages' declarations are not ours. */
function typeCheck(): string | undefined {
  const said = attempt(project, join(root, "node_modules", ".bin", "tsc"), ["-p", ".", "--pretty", "false"]);
  const ours = said?.split("\n").filter((line) => !/^node_modules\/(?!@portolan\/)/.test(line) && !/^ /.test(line));
  return ours === undefined || ours.length === 0 ? undefined : ours.join("\n");
}

try {
  check("build", attempt(root, process.execPath, ["scripts/build.ts", "--clean"]));
  const packed = pack();
  for (const [name, file] of packed) {
    check(`${name}: contents`, checkContents(file));
    check(`${name}: publint`, attempt(root, join("node_modules", ".bin", "publint"), ["run", file, "--strict"]));
  }
  createProject(packed);
  check(
    "install into an empty project",
    attempt(project, "npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"]),
  );
  const examples = packageNames.filter((name) => readmeExample(name) !== undefined);
  if (!examples.includes("sdk"))
    check("sdk: example", "packages/sdk/README.md has no block of TypeScript: write its example");
  for (const name of packageNames) {
    writeFileSync(
      join(project, `import-${name}.ts`),
      `import * as all from "@portolan/${name}";\nexport default all;\n`,
    );
    writeFileSync(join(project, `example-${name}.ts`), readmeExample(name) ?? "export {};\n");
  }
  check("types", typeCheck());
  for (const name of packageNames) check(`${name}: import`, attempt(project, process.execPath, [`import-${name}.ts`]));
  for (const name of examples) check(`${name}: example`, attempt(project, process.execPath, [`example-${name}.ts`]));
  const program = join("node_modules", ".bin", "portolan");
  check("portolan version", attempt(project, program, ["version"]));
  check("portolan serve --check", attempt(project, program, ["serve", "--check", "--config", "mesh"]));
} finally {
  if (process.argv.includes("--keep")) console.log(`kept: ${work}`);
  else rmSync(work, { recursive: true, force: true });
}
console.log(
  failures.length === 0 ? "packing: all is well" : `packing: ${failures.length} failed: ${failures.join("; ")}`,
);
process.exitCode = failures.length === 0 ? 0 : 1;
