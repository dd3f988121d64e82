import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const root = dirname(import.meta.dirname);
const documented = readFileSync(join(root, "docs", "errors.md"), "utf8");

/** First cells of the table rows below a heading. */
function codesUnder(heading: string): string[] {
  const section = documented.split(/^## /m).find((part) => part.startsWith(heading)) ?? "";
  return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1] ?? "").sort();
}

function sources(pattern: string): string {
  return globSync(pattern, { cwd: root })
    .map((file) => readFileSync(join(root, file), "utf8"))
    .join("\n");
}

test.each(["model", "registry", "xds", "dns", "identity", "agent", "sdk"])(
  "docs/errors.md lists the error codes of %s, and no others",
  (name) => {
    const union =
      /export type \w+ErrorCode\s*=([^;]*);/.exec(
        sources(`packages/${name}/src/{error,errors,resource/error}.ts`),
      )?.[1] ?? "";
    const codes = [...union.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? "").sort();
    expect(codes.length).toBeGreaterThan(0);
    expect(codesUnder(`@portolan/${name}`)).toEqual(codes);
  },
);

test("docs/errors.md lists the codes of every problem, and no others", () => {
  const tables = sources("packages/*/src/**/problem-codes.ts");
  const codes = [...tables.matchAll(/^ {2}((?:IST|PTL)\d{4}):/gm)].map((match) => match[1] ?? "");
  expect(codes.length).toBeGreaterThan(20);
  expect(codesUnder("Problems")).toEqual([...new Set(codes)].sort());
});
