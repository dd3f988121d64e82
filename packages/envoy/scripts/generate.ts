/**
 * Generates the protobuf-es types of Envoy's API, and of our own small protos, into `src/gen` (not in git).
 *
 * The protos come from the npm package `@grpc/grpc-js-xds`. Only the files named in `protos.ts`, and what they import,
 * are taken. Runs after every install and does nothing while its inputs are unchanged; `--force` runs it anyway.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { protoRoots } from "./protos.ts";
import { stripOptions } from "./strip.ts";

const packageDir = dirname(import.meta.dirname);
const genDir = join(packageDir, "src", "gen");
const stampFile = join(genDir, ".stamp");
const require = createRequire(import.meta.url);

/** The folder of an installed package, whatever its `exports` allow. */
function installedDir(name: string): string {
  const found = require.resolve
    .paths(name)
    ?.map((base) => join(base, name))
    .find((dir) => fs.existsSync(dir));
  if (found === undefined) throw new Error(`${name} is not installed: run \`pnpm install\``);
  return fs.realpathSync(found);
}

function versionOf(dir: string): string {
  const manifest: unknown = JSON.parse(fs.readFileSync(join(dir, "package.json"), "utf8"));
  return String((manifest as { version: unknown }).version);
}

const grpcXds = installedDir("@grpc/grpc-js-xds");
const buf = installedDir("@bufbuild/buf");
const plugin = installedDir("@bufbuild/protoc-gen-es");
const ownProtos = join(packageDir, "proto");
const importPaths = [
  ownProtos,
  ...["envoy-api", "xds", "googleapis", "protoc-gen-validate"].map((d) => join(grpcXds, "deps", d)),
];

function inputsHash(): string {
  const hash = createHash("sha256");
  for (const dir of [grpcXds, buf, plugin]) hash.update(`${versionOf(dir)}\n`);
  const scripts = fs.readdirSync(import.meta.dirname).map((name) => join(import.meta.dirname, name));
  const protos = fs.globSync("**/*.proto", { cwd: ownProtos }).map((name) => join(ownProtos, name));
  for (const file of [...scripts, ...protos].sort()) hash.update(fs.readFileSync(file));
  return hash.digest("hex");
}

/** Copies the roots and everything they import; the well-known types are left to buf. */
function copyClosure(target: string): number {
  const queue = [...fs.globSync("**/*.proto", { cwd: ownProtos }), ...protoRoots.flatMap(matching)];
  const seen = new Set<string>();
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (seen.has(path) || path.startsWith("google/protobuf/")) continue;
    seen.add(path);
    const source = read(path);
    for (const [, imported] of source.matchAll(/^import (?:public |weak )?"([^"]+)";/gm))
      queue.push(imported as string);
    fs.mkdirSync(dirname(join(target, path)), { recursive: true });
    fs.writeFileSync(join(target, path), source);
  }
  return seen.size;
}

function matching(root: string): string[] {
  const found = importPaths.flatMap((base) => fs.globSync(root, { cwd: base }));
  if (found.length === 0) throw new Error(`no .proto file matches ${root}`);
  return found;
}

function read(path: string): string {
  const file = importPaths.map((base) => join(base, path)).find((candidate) => fs.existsSync(candidate));
  if (file === undefined) throw new Error(`${path} is imported and cannot be found`);
  // The packed validate.proto is older than the Envoy protos beside it and does not know this option.
  return fs.readFileSync(file, "utf8").replaceAll(" ignore_empty: true", "");
}

function generate(): number {
  const work = fs.mkdtempSync(join(tmpdir(), "portolan-protos-"));
  try {
    const count = copyClosure(join(work, "proto"));
    const template = {
      version: "v2",
      // One run of the plugin for all files takes a second; one run for each folder takes most of a minute.
      plugins: [
        {
          local: [process.execPath, join(plugin, "bin", "protoc-gen-es")],
          out: "gen",
          strategy: "all",
          opt: ["target=ts", "import_extension=ts", "erasable_syntax=true", "elide_plugin_version=true"],
        },
      ],
    };
    fs.writeFileSync(join(work, "buf.yaml"), JSON.stringify({ version: "v2", modules: [{ path: "proto" }] }));
    fs.writeFileSync(join(work, "buf.gen.yaml"), JSON.stringify(template));
    const image = join(work, "image.binpb");
    const run = (...args: readonly string[]) =>
      execFileSync(process.execPath, [join(buf, "bin", "buf"), ...args], {
        cwd: work,
        stdio: ["ignore", "inherit", "inherit"],
      });
    run("build", "-o", image);
    fs.writeFileSync(image, stripOptions(fs.readFileSync(image)));
    run("generate", image);
    replaceDir(join(work, "gen"));
    return count;
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

/** Puts the new folder in place by renaming, so that a compiler which runs meanwhile never sees half of it. */
function replaceDir(fresh: string): void {
  const next = `${genDir}.${process.pid}.next`;
  const old = `${genDir}.${process.pid}.old`;
  fs.cpSync(fresh, next, { recursive: true });
  if (fs.existsSync(genDir)) fs.renameSync(genDir, old);
  fs.renameSync(next, genDir);
  fs.rmSync(old, { recursive: true, force: true });
}

const hash = inputsHash();
const stamp = fs.existsSync(stampFile) ? fs.readFileSync(stampFile, "utf8") : "";
if (stamp !== hash || process.argv.includes("--force")) {
  const started = performance.now();
  const count = generate();
  fs.writeFileSync(stampFile, hash);
  console.error(`envoy: generated ${count} files in ${Math.round(performance.now() - started)} ms`);
}
