// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's variables are what is tested.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DecodedDocument, decodeManifest, problemCodes } from "../index.ts";
import { context, decodeAll } from "../testing/decoding.ts";

const goldens = join(import.meta.dirname, "../../goldens");
const corpus = readdirSync(goldens).map((name) => {
  const file = readdirSync(join(goldens, name)).find((one) => one !== "out.yaml") ?? "";
  return readFileSync(join(goldens, name, file), "utf8");
});

function check(text: string, documents: readonly DecodedDocument[]): void {
  const lines = text.split("\n");
  for (const { objects, rejected, problems, unreadable } of documents) {
    const places = objects.flatMap((object) => [object.meta.origin.position, ...object.meta.positions.values()]);
    for (const position of [...places, ...problems.map((problem) => problem.origin.position)]) {
      if (position === undefined) continue;
      const line = lines[position.line - 1];
      expect(line).toBeDefined();
      expect(position.column).toBeGreaterThanOrEqual(1);
      expect(position.column).toBeLessThanOrEqual((line ?? "").length + 1);
    }
    for (const problem of problems) expect(Object.hasOwn(problemCodes, problem.code)).toBe(true);
    // Nothing is refused without a word, and nothing stands beside its own refusal.
    if (unreadable || rejected.length > 0) expect(problems.some((problem) => problem.severity === "error")).toBe(true);
    for (const problem of problems) {
      if (problem.severity === "error" && problem.object !== undefined) expect(rejected).toContain(problem.object);
    }
  }
}

const noise = fc.constantFrom(
  "---\n",
  "...",
  "\n",
  "\r\n",
  "\t",
  "  ",
  ": ",
  "- ",
  "? ",
  "{",
  "}",
  "[",
  "]",
  "&a ",
  "*a",
  "!!x ",
  "|",
  ">",
  '"',
  "'",
  "#",
  "%",
  "\uFEFF",
  "\0",
  "${A}",
  "<<: ",
  "null",
  "1e999",
  "__proto__: ",
  "é",
  "\u2028",
  "@",
  "`",
);

const mutated = fc
  .tuple(fc.constantFrom(...corpus), fc.array(fc.tuple(fc.nat(), fc.nat(12), noise), { minLength: 1, maxLength: 6 }))
  .map(([text, edits]) =>
    edits.reduce((whole, [at, cut, put]) => {
      const place = at % (whole.length + 1);
      return `${whole.slice(0, place)}${put}${whole.slice(place + cut)}`;
    }, text),
  );

describe("decoding never throws, and what it names lies in the file", () => {
  it("for random text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => check(text, decodeAll(text))),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(
        fc.array(noise, { maxLength: 80 }).map((parts) => parts.join("")),
        (text) => check(text, decodeAll(text)),
      ),
      { numRuns: 500 },
    );
  });

  it("for mutated YAML", () => {
    fc.assert(
      fc.property(mutated, (text) => check(text, decodeAll(text))),
      { numRuns: 400 },
    );
    fc.assert(
      fc.property(mutated, (text) => check(text, decodeAll(text, "mesh.yaml"))),
      { numRuns: 100 },
    );
  });

  it("for a file cut at any byte", () => {
    const [text = ""] = corpus;
    for (let end = 0; end <= text.length; end += 3) check(text.slice(0, end), decodeAll(text.slice(0, end)));
  });

  it("for random JSON", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("Service", "Pod", "ServiceEntry", "Gateway", "Endpoints", "List"),
        fc.jsonValue({ maxDepth: 6 }),
        (kind, value) => {
          const manifest = {
            apiVersion: kind === "ServiceEntry" || kind === "Gateway" ? "networking.istio.io/v1" : "v1",
            kind,
          };
          check("", [
            decodeManifest(
              { ...manifest, metadata: { name: "x" }, spec: value, subsets: value, items: value },
              context,
            ),
          ]);
          check("", [decodeManifest(value, context)]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
