/** Plants forbidden code in a folder outside the tree and shows that lint, with the project's configuration, refuses it. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = dirname(import.meta.dirname);
const packages = ["model", "config", "registry", "envoy", "xds", "dns", "identity", "agent", "sdk"];
const allowed: Record<string, readonly string[]> = {
  model: [],
  config: ["model"],
  registry: ["model", "config"],
  envoy: [],
  xds: ["model", "envoy"],
  dns: ["model"],
  identity: ["model"],
  agent: ["model", "envoy", "identity", "dns"],
  sdk: packages,
};
const layers: Record<string, Record<string, readonly string[]>> = {
  xds: {
    http2: [],
    resource: [],
    snapshot: ["resource"],
    session: ["resource", "snapshot"],
    server: ["http2", "resource", "snapshot", "session"],
    translate: ["resource", "snapshot"],
  },
  dns: {
    wire: [],
    zone: ["wire"],
    resolver: ["wire", "zone"],
    forwarder: ["wire", "zone", "resolver"],
    server: ["wire", "zone", "resolver", "forwarder"],
  },
};

/** What to plant: the file, its text, and the rule that must refuse it (`undefined`: nothing may). */
interface Plant {
  readonly path: string;
  readonly text: string;
  readonly rule: string | undefined;
}

const restrictedImports = "lint/style/noRestrictedImports";
const restrictedGlobals = "lint/style/noRestrictedGlobals";
const imports = (from: string) => `import { thing } from "${from}";\nexport const other = thing;\n`;

function packageArrows(): Plant[] {
  return packages.flatMap((from) =>
    packages
      .filter((to) => to !== from)
      .map((to) => ({
        path: `packages/${from}/src/to-${to}.ts`,
        text: imports(`@portolan/${to}`),
        rule: allowed[from]?.includes(to) ? undefined : restrictedImports,
      })),
  );
}

function layerArrows(): Plant[] {
  return Object.entries(layers).flatMap(([name, inside]) =>
    Object.entries(inside).flatMap(([from, may]) => [
      ...Object.keys(inside)
        .filter((to) => to !== from)
        .map((to) => ({
          path: `packages/${name}/src/${from}/to-${to}.ts`,
          text: imports(`../${to}/planted.ts`),
          rule: may.includes(to) ? undefined : restrictedImports,
        })),
      { path: `packages/${name}/src/${from}/to-sdk.ts`, text: imports("@portolan/sdk"), rule: restrictedImports },
    ]),
  );
}

const sources = "packages/registry/src/sources";
const sourceArrows: Plant[] = [
  { path: `${sources}/files/watch.ts`, text: imports("../api/client.ts"), rule: restrictedImports },
  { path: `${sources}/files/deep/watch.ts`, text: imports("../../api/client.ts"), rule: restrictedImports },
  { path: `${sources}/one/client.ts`, text: imports("./decode.ts"), rule: restrictedImports },
  { path: `${sources}/one/decode.ts`, text: imports("./client.ts"), rule: restrictedImports },
  { path: `${sources}/two/client.ts`, text: imports("../files/decode.ts"), rule: restrictedImports },
  { path: `${sources}/two/decode.ts`, text: imports("../files/decode.ts"), rule: restrictedImports },
  { path: `${sources}/files/source.ts`, text: imports("./client.ts"), rule: undefined },
  { path: `${sources}/files/merge.ts`, text: imports("../../merge/merge.ts"), rule: undefined },
  { path: `${sources}/files/contract.ts`, text: imports("../contract.ts"), rule: undefined },
];

const otherForms: Plant[] = [
  {
    path: "packages/xds/src/by-path.ts",
    text: imports("../../model/src/names.ts"),
    rule: restrictedImports,
  },
  {
    path: "packages/xds/src/type-only.ts",
    text: 'import type { Mesh } from "@portolan/sdk";\nexport type Other = Mesh;\n',
    rule: restrictedImports,
  },
  { path: "packages/xds/src/re-export.ts", text: 'export * from "@portolan/sdk";\n', rule: restrictedImports },
  {
    path: "packages/xds/src/dynamic.ts",
    text: 'export const sdk = await import("@portolan/sdk");\n',
    rule: restrictedImports,
  },
  { path: "packages/xds/src/in-type.ts", text: 'export type Mesh = import("@portolan/sdk").Mesh;\n', rule: "plugin" },
  {
    path: "packages/model/src/undeclared.ts",
    text: imports("fastify"),
    rule: "lint/correctness/noUndeclaredDependencies",
  },
];

const cycle: Plant[] = [
  {
    path: "packages/model/src/hen.ts",
    text: 'import type { Egg } from "./egg.ts";\nexport interface Hen {\n  readonly lays: Egg;\n}\n',
    rule: "lint/suspicious/noImportCycles",
  },
  {
    path: "packages/model/src/egg.ts",
    text: 'import type { Hen } from "./hen.ts";\nexport interface Egg {\n  readonly from: Hen;\n}\n',
    rule: "lint/suspicious/noImportCycles",
  },
];

const impure: Record<string, readonly [text: string, rule: string]> = {
  random: ["export const value = Math.random();\n", "plugin"],
  "random-by-key": ['export const value = Math["random"]();\n', "lint/complexity/useLiteralKeys"],
  "random-taken-out": ["const { random } = Math;\nexport const value = random();\n", "plugin"],
  now: ["export const value = Date.now();\n", "plugin"],
  today: ["export const value = new Date();\n", "plugin"],
  performance: ["export const value = performance.now();\n", "plugin"],
  "performance-global": ["export const value = performance.timeOrigin;\n", restrictedGlobals],
  process: ["export const value = process.env;\n", restrictedGlobals],
  console: ['console.log("here");\n', restrictedGlobals],
  crypto: ["export const value = crypto.randomUUID();\n", restrictedGlobals],
  timeout: ["export const value = setTimeout(() => {}, 1);\n", restrictedGlobals],
  interval: ["export const value = setInterval(() => {}, 1);\n", restrictedGlobals],
  "global-this": ["export const value = globalThis.Math;\n", restrictedGlobals],
  "node-import": [imports("node:fs"), "lint/correctness/noNodejsModules"],
  "node-import-bare": [imports("fs"), "lint/correctness/noNodejsModules"],
};
const pureFolders = [
  "packages/model/src",
  "packages/config/src",
  "packages/registry/src/merge",
  "packages/envoy/src",
  "packages/xds/src/session",
  "packages/xds/src/http2",
  "packages/dns/src/wire",
  "packages/identity/src",
];
const impureFolders = [
  "packages/xds/src/server",
  "packages/dns/src/forwarder",
  "packages/registry/src/store",
  "packages/sdk/src",
  "packages/agent/src",
  "packages/model/src/testing",
];

function purity(): Plant[] {
  const refused = Object.entries(impure).flatMap(([name, [text, rule]]) =>
    pureFolders.map((folder) => ({ path: `${folder}/pure-${name}.ts`, text, rule })),
  );
  const { "node-import": nodeImport, now, process } = impure;
  const accepted = Object.entries({ nodeImport, now, process }).flatMap(([name, plant]) => [
    ...impureFolders.map((folder) => ({
      path: `${folder}/impure-${name}.ts`,
      text: plant?.[0] ?? "",
      rule: undefined,
    })),
    { path: `packages/dns/src/wire/impure-${name}.test.ts`, text: plant?.[0] ?? "", rule: undefined },
  ]);
  return [...refused, ...accepted];
}

const lines = (count: number) => "// A line.\n".repeat(count - 1).concat("export {};\n");
const sizes: Plant[] = [
  { path: "packages/model/src/lines-500.ts", text: lines(500), rule: undefined },
  { path: "packages/model/src/lines-501.ts", text: lines(501), rule: "lint/style/noExcessiveLinesPerFile" },
];

let dir = "";
/** The rules that refused each planted file. */
const refusedBy = new Map<string, Set<string>>();

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "portolan-lint-"));
  for (const name of ["biome.json", "tooling"]) cpSync(join(root, name), join(dir, name), { recursive: true });
  for (const name of packages) {
    mkdirSync(join(dir, "packages", name), { recursive: true });
    cpSync(join(root, "packages", name, "package.json"), join(dir, "packages", name, "package.json"));
  }
  for (const { path, text } of plants) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  const report = join(dir, "report.json");
  const biome = spawnSync(
    join(root, "node_modules", ".bin", "biome"),
    [
      "lint",
      "--vcs-enabled=false",
      "--max-diagnostics=none",
      "--reporter=json",
      `--reporter-file=${report}`,
      "packages",
    ],
    { cwd: dir, encoding: "utf8" },
  );
  expect(biome.status, biome.stderr).toBe(1);
  const { diagnostics } = JSON.parse(readFileSync(report, "utf8"));
  for (const { severity, category, location } of diagnostics) {
    if (severity !== "error") continue;
    const rules = refusedBy.get(location.path) ?? new Set();
    refusedBy.set(location.path, rules.add(category));
  }
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

const groups: Record<string, readonly Plant[]> = {
  "an import against the arrows between packages": packageArrows(),
  "an import against the arrows inside a package": layerArrows(),
  "an import from one source to another": sourceArrows,
  "every other form of a forbidden import": otherForms,
  "a cycle of type-only imports": cycle,
  "clocks, randomness, timers, logs and node: in pure code": purity(),
  "a file of more than 500 lines": sizes,
};
const plants = Object.values(groups).flat();

/** What differs between the rules that were expected and those that refused the file; nothing, when all is well. */
function surprise({ path, rule }: Plant): string[] {
  const rules = [...(refusedBy.get(path) ?? [])];
  if (rule === undefined) return rules.map((found) => `${path} is refused by ${found}`);
  return rules.includes(rule) ? [] : [`${path} is not refused by ${rule}, only by [${rules}]`];
}

test.each(Object.keys(groups))("lint refuses %s", (group) => {
  expect(groups[group]?.flatMap(surprise)).toEqual([]);
});
