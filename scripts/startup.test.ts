import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { expect, onTestFinished, test } from "vitest";
import { bundle } from "./bundle.ts";

const root = join(import.meta.dirname, "..");

test("a server that is asked for discovery alone loads no grpc-js", async () => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["packages/sdk/src/serve/serve.ts"],
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    outdir: "out",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const reached = new Set<string>();
  const visit = (input: string): void => {
    if (reached.has(input)) return;
    reached.add(input);
    for (const { path, kind, external } of metafile.inputs[input]?.imports ?? []) {
      if (external !== true && kind !== "dynamic-import") visit(path);
    }
  };
  visit("packages/sdk/src/serve/serve.ts");
  expect(reached.has("packages/xds/src/server/http2/grpc-listener.ts")).toBe(true);
  expect([...reached].filter((input) => input.includes("node_modules/@grpc/"))).toEqual([]);
  expect(Object.keys(metafile.inputs).some((input) => input.includes("node_modules/@grpc/grpc-js"))).toBe(true);
});

test("a server makes Node load neither undici nor its own HTTP/2 and HTTPS", async () => {
  const folder = mkdtempSync(join(tmpdir(), "portolan-startup-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const loaded = "process.on('exit', () => console.log(process.moduleLoadList.join('\\n')))";
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", `data:text/javascript,${loaded}`, await bundle(), "serve", "--check", "--config", folder],
    { encoding: "utf8" },
  );
  expect(stderr).toBe("");
  const modules = stdout.split("\n").map((line) => line.replace("NativeModule ", ""));
  expect(modules).toContain("http");
  expect(modules.filter((name) => /undici|^http2$|^https$/.test(name))).toEqual([]);
});

test("the bundle holds nothing of Fastify that no server uses", async () => {
  const folder = dirname(await bundle());
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  expect(texts.some((text) => text.includes("/node_modules/fastify/"))).toBe(true);
  for (const name of ["ajv", "pino", "light-my-request"]) {
    expect(
      texts.some((text) => text.includes(`/node_modules/${name}/`)),
      name,
    ).toBe(false);
  }
});
