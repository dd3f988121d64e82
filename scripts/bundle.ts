/**
 * Bundles the CLI and server into `packages/sdk/dist/bin/portolan.js`: it starts in a third of the time of separate
 * modules. What is imported with `import()` stays in a chunk of its own and is loaded when it is needed.
 */
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isFile, lean } from "./lean.ts";

const root = dirname(import.meta.dirname);
const outdir = join(root, "packages", "sdk", "dist", "bin");
/** When each input was last modified; beside the packages, so that it is not packed. */
const inputsFile = join(root, ".cache", "bundle-inputs.json");

const program = join(outdir, "portolan.js");

/** Programs, by the name that they get beside each other in `dist/bin`. */
const entryPoints = {
  portolan: join(root, "packages", "sdk", "src", "cli.ts"),
  // Threads of the DNS server, of the xDS server and of the store, which start them by these names.
  "dns-worker": join(root, "packages", "dns", "src", "server", "dns-worker.ts"),
  "xds-worker": join(root, "packages", "xds", "src", "server", "threads", "xds-worker.ts"),
  "store-thread": join(root, "packages", "registry", "src", "store", "thread", "store-thread.ts"),
};

/** The path of the bundled CLI; it is bundled again only if an input has changed. */
export async function bundle(options: { readonly clean?: boolean } = {}): Promise<string> {
  if (options.clean) rmSync(outdir, { recursive: true, force: true });
  if (options.clean || !isFresh()) await build();
  return program;
}

async function build(): Promise<void> {
  const esbuild = await import("esbuild");
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    // The text of what is loaded stays in memory, twice as long where a comment holds a character that is not Latin-1.
    minifyWhitespace: true,
    lineLimit: 200,
    format: "esm",
    platform: "node",
    target: "node22",
    chunkNames: "chunk-[hash]",
    legalComments: "external",
    plugins: [lean],
    metafile: true,
    write: false,
    logLevel: "warning",
    // CommonJS dependencies call require() for Node's own modules.
    banner: {
      js: 'import { createRequire as _createRequire } from "node:module"; const require = _createRequire(import.meta.url);',
    },
  });
  for (const dir of [outdir, dirname(inputsFile)]) mkdirSync(dir, { recursive: true });
  // Chunks first and entry points last, each by a rename: a CLI that runs meanwhile finds all that it needs.
  const isEntry = (path: string) => basename(path, ".js") in entryPoints;
  const files = result.outputFiles.toSorted((a, b) => Number(isEntry(a.path)) - Number(isEntry(b.path)));
  for (const { path, contents } of files) replace(path, contents);
  for (const path of exampleFiles()) {
    const target = join(dirname(outdir), path);
    mkdirSync(dirname(target), { recursive: true });
    replace(target, readFileSync(join(root, path), "utf8"));
  }
  const modules = Object.keys(result.metafile.inputs).filter(isFile);
  const inputs = [...modules, ...exampleFiles(), "scripts/bundle.ts", "scripts/lean.ts", "pnpm-lock.yaml"];
  replace(inputsFile, JSON.stringify(Object.fromEntries(inputs.map((path) => [path, modified(path)]))));
}

/** The embedded examples: the program finds them in `dist/examples`, in a checkout as in an installed package. */
function exampleFiles(): readonly string[] {
  return globSync("examples/*/**/*.{yaml,md}", { cwd: root });
}

function replace(path: string, contents: string | Uint8Array): void {
  const next = `${path}.${process.pid}`;
  writeFileSync(next, contents);
  renameSync(next, path);
}

function modified(path: string): number {
  return statSync(join(root, path)).mtimeMs;
}

function isFresh(): boolean {
  try {
    const inputs: Record<string, number> = JSON.parse(readFileSync(inputsFile, "utf8"));
    return existsSync(program) && Object.entries(inputs).every(([path, time]) => modified(path) === time);
  } catch {
    return false;
  }
}

if (import.meta.main) console.log(await bundle({ clean: true }));
