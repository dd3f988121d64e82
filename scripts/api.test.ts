import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { compile, currentReport, packageNames, recordedReport } from "./api.ts";
import { readExports } from "./declarations.ts";

describe("api.md of", () => {
  beforeAll(compile);

  test.each(packageNames)("%s says what it exports (if it should change: pnpm api:update)", (name) => {
    expect(currentReport(name)).toBe(recordedReport(name));
  });
});

test("exports are followed through modules, lists, stars and other names", () => {
  const dir = mkdtempSync(join(tmpdir(), "portolan-api-"));
  try {
    writeFileSync(
      join(dir, "index.d.ts"),
      'export * from "./b.ts";\nexport { type A as C } from "./a.ts";\nexport { z } from "zod";\n',
    );
    writeFileSync(
      join(dir, "a.d.ts"),
      'import type { Hidden } from "./hidden.ts";\n/** Said. */\nexport interface A {\n    /** Said. */\n    readonly a: Hidden;\n}\nexport declare function unseen(): void;\n',
    );
    writeFileSync(
      join(dir, "b.d.ts"),
      "export declare function over(a: string): string;\nexport declare function over(a: number): number;\ndeclare const inner: unique symbol;\nexport type B = string & {\n    [inner]: 1;\n};\nexport {};\n",
    );
    writeFileSync(join(dir, "hidden.d.ts"), "export type Hidden = 1;\n");
    expect(readExports(join(dir, "index.d.ts"))).toEqual({
      exported: [
        { name: "B", declarations: ["type B = string & {\n    [inner]: 1;\n};"] },
        { name: "C", declarations: ["// as C", "interface A {\n    readonly a: Hidden;\n}"] },
        { name: "over", declarations: ["function over(a: string): string;", "function over(a: number): number;"] },
        { name: "z", declarations: ['export { z } from "zod";'] },
      ],
      hidden: [
        { name: "Hidden", declarations: ["type Hidden = 1;"] },
        { name: "inner", declarations: ["const inner: unique symbol;"] },
      ],
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
