import { join } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";

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
