import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitDocuments } from "../document/split.ts";
import { readPlain } from "./plain.ts";
import { parseWhole } from "./yaml.ts";

const goldens = join(import.meta.dirname, "../../goldens");
const corpus = readdirSync(goldens).flatMap((name) => {
  const file = readdirSync(join(goldens, name)).find((one) => one !== "out.yaml") ?? "";
  return splitDocuments(readFileSync(join(goldens, name, file), "utf8")).map(({ text }) => text);
});

/** Whether it was read plainly; what was is what the library reads. */
function agrees(text: string): boolean {
  const plain = readPlain(text);
  if (plain !== undefined) expect({ text, ok: true, root: plain }).toEqual({ text, ...parseWhole(text) });
  return plain !== undefined;
}

const entry = `# reviews
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata:
  name: reviews   # a comment
  namespace: shop
  labels: { app: "the reviews", tier: 'back' }
spec:
  hosts: [reviews.shop.global, "*.x"]
  addresses:
  - 10.0.0.1
  - 2001:db8::1

  location: MESH_INTERNAL
  ports:
    - { number: 8000, name: http, protocol: HTTP }
    - number: 9000
      name: grpc
  exportTo: []
  strict: true
  endpoints:
    - address: 10.0.0.1
      ports:
        http: 8001
      labels: {}
`;

describe("what is written plainly is read as the library reads it, in less time", () => {
  it("reads what people write", () => {
    expect(agrees(entry)).toBe(true);
    expect(corpus.filter((text) => agrees(text)).length).toBeGreaterThan(corpus.length / 3);
  });

  it.each([
    ["an anchor", "a: &x b\n"],
    ["an alias", "a: *x\n"],
    ["a tag", "a: !!str b\n"],
    ["a block scalar", "a: |\n  b\n"],
    ["a scalar of two lines", "a: b\n  c\n"],
    ["a list of two lines", "a: [b,\n  c]\n"],
    ["an escape", 'a: "\\n"\n'],
    ["a quote in quotes", "a: 'it''s'\n"],
    ["no value", "a:\nb: c\n"],
    ["null", "a: null\n"],
    ["another way to write a number", "a: 0x10\n"],
    ["a leading zero", "a: 010\n"],
    ["a float", "a: 1.5\n"],
    ["a negative number", "a: -1\n"],
    ["a key that is no text", "true: a\n"],
    ["a key in quotes", '"a": b\n'],
    ["a key twice", "a: b\na: c\n"],
    ["merging", "<<: {a: b}\n"],
    ["a list in a list", "a:\n- - b\n"],
    ["a mapping in the line of a mapping", "a: b: c\n"],
    ["a pair in a list", "a: [b: c]\n"],
    ["a wrong indentation", "a:\n    b: c\n  d: e\n"],
    ["a tab", "a:\tb\n"],
    ["a carriage return", "a: b\r\n"],
    ["letters beyond ASCII", "a: é\n"],
    ["a marker", "a: b\n---\nc: d\n"],
    ["a directive", "%YAML 1.2\n"],
    ["a comment without a blank before it", "a: [b]#c\n"],
    ["plain text", "hello\n"],
    ["nothing", "\n# only this\n"],
  ])("leaves %s to the library", (_what, text) => {
    expect(readPlain(text)).toBeUndefined();
  });

  it("declines or agrees, whatever is put in the place of whatever", () => {
    const texts = fc.constantFrom(entry, ...corpus.filter((text) => text.length < 4000));
    const noise = fc.constantFrom(
      ..."\n \t:-#?,[]{}&*!|>'\"%@`~.<=+",
      "  ",
      "\n  ",
      "- ",
      ": ",
      " #",
      "a",
      "1",
      "a: b",
      "null",
      "1e3",
      "0x1",
      "\r\n",
      "---\n",
      "é",
      "-1",
      ".5",
      "true",
      "''",
      '"\\""',
    );
    const edit = fc.tuple(fc.nat(4000), fc.nat(6), noise);
    fc.assert(
      fc.property(texts, fc.array(edit, { maxLength: 4 }), (text, edits) => {
        let changed = text;
        for (const [at, length, by] of edits) {
          const start = at % (changed.length + 1);
          changed = changed.slice(0, start) + by + changed.slice(start + length);
        }
        agrees(changed);
      }),
      { numRuns: 10_000 },
    );
  });

  it("declines or agrees on lines put together at random", () => {
    const piece = fc.constantFrom(
      "a: b",
      "a:",
      "- a",
      "- a: b",
      "- a:",
      "b: [c, d]",
      "c: {d: e, f: 1}",
      "d: 'x y'",
      'e: "z"',
      "f: 10.0.0.1",
      "# c",
      "g: h # i",
      "-",
      "- [a]",
      "- {a: b}",
      "h: i: j",
      "j: k:l",
      "l: http://m/n#o",
      "- p:q",
      "r: s - t",
      "u: v, w",
      "'x': y",
      "z",
      "A: {}",
      "B: []",
      "C: [ a , b ]",
      "D: { a: b }",
      "E:   F  ",
      "- G  # h",
      "I: #j",
      "K: 5",
      "L: 5 6",
      "M: [5, 1.0.0]",
      "N: {o: [p, {q: r}]}",
      "- - s",
      "t: -u",
      "v: [-w]",
      "x: a]b",
      "y: [a#b]",
      "q: [a:b]",
      "q: [a :b]",
      "q: {a:b}",
      "q: {a: b:c}",
      "q: [http://x:8/y, z]",
    );
    const line = fc
      .tuple(fc.constantFrom(0, 0, 2, 2, 4, 4, 6, 1, 3), piece)
      .map(([indent, text]) => `${" ".repeat(indent)}${text}\n`);
    let read = 0;
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 7 }), (lines) => {
        if (agrees(lines.join(""))) read++;
      }),
      { numRuns: 10_000 },
    );
    expect(read, "enough of them to tell").toBeGreaterThan(500);
  });
});
