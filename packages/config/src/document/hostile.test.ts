// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's variables are what is tested.
import { describe, expect, it } from "vitest";
import { decodeDocument, decodeManifest } from "../index.ts";
import { context, decodeOne, problemsOf } from "../testing/decoding.ts";

const entry = (spec: string) =>
  `apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: x}\nspec:\n  hosts: [a.example.com]\n  ports: [{name: http, number: 80}]\n${spec}`;

/** Ten levels of ten aliases each. */
const bomb = [
  "a0: &a0 [x]",
  ...Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(", ")}]`),
];

describe("F-21 hostile documents are refused by name and place", () => {
  it.each([
    [
      "an alias bomb",
      `${entry("")}${bomb.map((one) => `  ${one}`).join("\n")}`,
      /^10:27: error \[PTL1002\] aliases add more than 1000/,
    ],
    [
      "an alias that holds itself",
      entry("  endpoints: &e [*e]"),
      /^7:18 spec.endpoints.0: error \[PTL1002\] the alias "e" holds itself/,
    ],
    ["an alias without anchor", entry("  addresses: [*no]"), /^7:15 .*error \[PTL1001\]/],
    [
      "flow lists 100,000 deep",
      `a: ${"[".repeat(100_000)}${"]".repeat(100_000)}`,
      /^1:\d+: error \[PTL1002\] the document is nested/,
    ],
    ["flow lists that never end", "[".repeat(100_000), /^1:\d+: error \[PTL1002\]/],
    ["mappings 100,000 deep", "{a: ".repeat(100_000), /^1:\d+: error \[PTL1002\]/],
    ["block lists 100,000 deep", "- ".repeat(100_000), /^1:\d+: error \[PTL1002\]/],
    ["complex keys 100,000 deep", "? ".repeat(100_000), /^1:\d+: error \[PTL1002\]/],
    [
      "a staircase of mappings",
      Array.from({ length: 500 }, (_, i) => `${" ".repeat(i)}a:`).join("\n"),
      /^\d+:\d+: error \[PTL1002\]/,
    ],
    [
      "a value nested too deep",
      entry(`  x: ${"[".repeat(70)}${"]".repeat(70)}`),
      /^7:\d+ spec.x: error \[PTL1002\] this is nested/,
    ],
    [
      "a 10 MB scalar",
      entry(`  location: ${"x".repeat(10_000_000)}`),
      /^1:1: error \[PTL1002\] the document has 10000\d+ characters/,
    ],
    [
      "too many tokens",
      `[${"a,".repeat(200_000)}]`,
      /^1:\d+: error \[PTL1002\] the document has more than 250000 tokens/,
    ],
    ["400,000 stray brackets", "]".repeat(400_000), /^1:1: error \[PTL1001\]/],
    [
      "__proto__ at the top",
      `__proto__: {x: 1}\n${entry("")}`,
      /^1:1 __proto__: warning \[PTL1008\] the field "__proto__" is not known/,
    ],
    ["__proto__ in spec", entry("  __proto__: {polluted: true}"), /^7:3 spec.__proto__: warning \[PTL1008\]/],
    [
      "constructor in spec",
      entry("  constructor: {prototype: {polluted: true}}"),
      /^7:3 spec.constructor: warning \[PTL1008\]/,
    ],
    [
      "__proto__ in metadata",
      entry("").replace("{name: x}", "{name: x, __proto__: {namespace: y}}"),
      /^3:21 metadata.__proto__: warning/,
    ],
    [
      "__proto__ as a label",
      entry("").replace("{name: x}", "{name: x, labels: {__proto__: y}}"),
      /^3:41 metadata.labels.__proto__: error/,
    ],
    [
      "a duplicate key",
      entry("  location: MESH_INTERNAL\n  location: MESH_EXTERNAL"),
      /^8:3 spec.location: error \[PTL1003\] "location" stands twice/,
    ],
    [
      "a duplicate key in a list's item",
      entry("  endpoints: [{address: 10.0.0.1, address: 10.0.0.2}]"),
      /^7:35 spec.endpoints.0.address: error \[PTL1003\]/,
    ],
    ["a duplicate unknown key", entry("  a: 1\n  a: 2"), /^8:3 spec.a: error \[PTL1003\]/],
    ["a merge key", entry("  <<: {a: 1}"), /^7:3 spec.<<: error \[PTL1003\] "<<" \(merging\)/],
    ["a list as a key", entry("  ? [a]\n  : b"), /^7:5 spec.key \d: error \[PTL1003\] this key is no plain text/],
    ["a tab as indentation", entry("\tlocation: MESH_INTERNAL"), /^7:\d+: error \[PTL1001\] a tab cannot indent YAML/],
    ["NUL", entry("  location: MESH\0INTERNAL"), /^7:17: error \[PTL1005\] the control character U\+0000/],
    [
      "an escaped NUL",
      entry('  addresses: ["10.0.0.1\\0"]'),
      /^7:15 spec.addresses.0: error \[IST0106\] "10.0.0.1\\u0000"/,
    ],
    ["an escape sequence of a terminal", entry("  location: \u001b[31m"), /^7:13: error \[PTL1005\]/],
    [
      "!!js/function",
      entry('  location: !!js/function "function () {}"'),
      /^7:27 spec.location: error \[PTL1004\] the tag "tag:yaml.org,2002:js\/function"/,
    ],
    ["a tag of its own", entry("  hosts2: !Evil {}"), /^7:17 spec.hosts2: error \[PTL1004\]/],
    ["!!binary", entry("  location: !!binary aGk="), /^7:22 spec.location: error \[PTL1004\]/],
    [
      "octal",
      entry("  endpoints: [{address: 10.0.0.1, weight: 010}]"),
      /^7:43 spec.endpoints.0.weight: error \[PTL1006\] 010 is octal/,
    ],
    [
      "1e999",
      entry("  endpoints: [{address: 10.0.0.1, weight: 1e999}]"),
      /^7:43 spec.endpoints.0.weight: error \[PTL1006\] 1e999 is too large/,
    ],
    [
      ".inf",
      entry("  endpoints: [{address: 10.0.0.1, weight: .inf}]"),
      /^7:43 spec.endpoints.0.weight: error \[PTL1006\]/,
    ],
    [
      "NO where text is meant",
      entry("  location: NO"),
      /^7:13 spec.location: error \[IST0106\] "NO" is not known here: use one of MESH_INTERNAL/,
    ],
    [
      "NO where a boolean is meant",
      "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: x, labels: {kubernetes.io/service-name: y}}\naddressType: IPv4\nendpoints: [{addresses: [10.0.0.1], conditions: {ready: NO}}]",
      /^5:57 endpoints.0.conditions.ready: error \[IST0106\] "NO" is not a boolean/,
    ],
    [
      "an unknown field",
      entry("  locaton: MESH_INTERNAL"),
      /^7:3 spec.locaton: warning \[PTL1008\] the field "locaton" is not known \(did you mean "location"\?\)/,
    ],
    [
      "a wrong type",
      entry("  exportTo: shop"),
      /^7:13 spec.exportTo: error \[IST0106\] a list is expected and "shop" is given/,
    ],
    [
      "a mapping for a list",
      entry("  endpoints: {a: b}"),
      /^7:14 spec.endpoints: error \[IST0106\] a list is expected and a mapping is given/,
    ],
    [
      "a duplicate key deep in what nobody reads",
      entry("  x: {y: [{z: 1, z: 2}]}"),
      /^7:18 spec.x: error \[PTL1003\] "z" stands twice/,
    ],
    ["a directive without its marker", `%FOO baz\n${entry("")}`, /^2:1: error \[PTL1001\]/],
    ["a half-written line", `${entry("")}  loca`, /^7:3: error \[PTL1001\]/],
    ["an open quote", entry('  location: "MESH'), /^7:\d+: error \[PTL1001\]/],
  ])("%s", (_, text, expected) => {
    const problems = problemsOf(text).filter((one) => !one.includes("resolution NONE"));
    expect(problems[0]).toMatch(expected);
    expect(problems.join("\n")).not.toContain("\0");
    expect(problems.every((one) => one.length < 500)).toBe(true);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it("reads a byte order mark and Windows' line ends as nothing special", () => {
    const text = entry("  location: MESH_EXTERNAL");
    expect(decodeOne(`\uFEFF${text.replaceAll("\n", "\r\n")}`)).toEqual(decodeOne(text));
  });

  it("NO, octal-looking and date-looking text stays text", () => {
    const { objects } = decodeOne(
      entry("").replace("{name: x}", "{name: x, labels: {a: NO, b: 2026-01-01, c: y, d: 1_000}}"),
    );
    expect([...(objects[0]?.meta.labels ?? [])]).toEqual([
      ["a", "NO"],
      ["b", "2026-01-01"],
      ["c", "y"],
      ["d", "1_000"],
    ]);
  });

  it("keeps the rest of the file's objects known: only what cannot be told is unreadable", () => {
    expect(decodeOne(entry("  location: 1\n  location: 2"))).toMatchObject({
      unreadable: false,
      rejected: ["ServiceEntry/shop/x"],
      objects: [],
    });
    expect(decodeOne("kind: Service\nkind: Pod\napiVersion: v1\nmetadata: {name: x}")).toMatchObject({
      unreadable: true,
      rejected: [],
      objects: [],
    });
    expect(decodeOne(entry("\tx: y"))).toMatchObject({ unreadable: true, rejected: [], objects: [] });
  });

  it("a small use of anchors is fine", () => {
    const text = entry(
      "  resolution: STATIC\n  endpoints: [{address: 10.0.0.1, labels: &l {a: b}}, {address: 10.0.0.2, labels: *l}]",
    );
    const { objects, problems } = decodeOne(text);
    expect(problems).toEqual([]);
    expect(objects).toMatchObject([
      { endpoints: [{ labels: new Map([["a", "b"]]) }, { labels: new Map([["a", "b"]]) }] },
    ]);
  });

  it("JSON of the API: __proto__ at every level, depth and types", () => {
    const text = `{"__proto__": {"a": 1}, "apiVersion": "networking.istio.io/v1", "kind": "ServiceEntry", "metadata": {"name": "x", "__proto__": {}},
      "spec": {"hosts": ["a.example.com"], "ports": [{"name": "http", "number": 80, "constructor": 1}], "__proto__": {"polluted": true}}}`;
    const { objects, problems } = decodeManifest(JSON.parse(text), { source: "api", namespace: context.namespace });
    expect(objects).toHaveLength(1);
    expect(problems.map((problem) => [problem.path, problem.origin])).toEqual(
      ["metadata.__proto__", "spec.ports.0.constructor", "spec.__proto__", "__proto__"].map((path) => [
        path,
        { source: "api" },
      ]),
    );
    let deep: unknown = [];
    for (let depth = 0; depth < 100_000; depth++) deep = [deep];
    const refused = decodeManifest(
      { apiVersion: "v1", kind: "Service", metadata: { name: "x" }, spec: { ports: deep } },
      context,
    );
    expect(refused).toMatchObject({ objects: [], rejected: ["Service/shop/x"] });
    expect(decodeManifest([1], context)).toMatchObject({ unreadable: true });
    expect(decodeManifest(() => 1, context)).toMatchObject({ unreadable: true });
  });

  it("bounds the problems of one document", () => {
    const many = `${entry("")}${Array.from({ length: 5000 }, (_, i) => `  x${i}: 1\n`).join("")}`;
    expect(decodeOne(many).problems).toHaveLength(21);
    const list = Array.from({ length: 300 }, () => "- {apiVersion: v1, kind: Widget, metadata: {name: x}}\n").join("");
    const { problems } = decodeDocument({ text: `apiVersion: v1\nkind: List\nitems:\n${list}`, line: 1 }, context);
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)?.message).toBe("the document has 200 more problems: correct those above first");
  });
});
