import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Cidr, PortNumber } from "@portolan/model";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { type ClusterEnv, formatClusterEnv, parseClusterEnv } from "./cluster-env.ts";

const cidr = "172.21.0.0/16" as Cidr;
const base: ClusterEnv = { authentication: "mtls", serviceCidrs: [cidr], inboundPorts: [], rest: new Map() };

test("0.07 cluster.env holds the authentication and the service addresses", () => {
  expect(formatClusterEnv(base)).toBe("ISTIO_CP_AUTH=MUTUAL_TLS\nISTIO_SERVICE_CIDR=172.21.0.0/16\n");
  const served = formatClusterEnv({ ...base, inboundPorts: [8888, 9999] as PortNumber[] });
  expect(served).toBe("ISTIO_CP_AUTH=MUTUAL_TLS\nISTIO_SERVICE_CIDR=172.21.0.0/16\nISTIO_INBOUND_PORTS=8888,9999\n");
});

test.each<[string, string, Partial<ClusterEnv>]>([
  ["the document's file, with its empty line", "ISTIO_CP_AUTH=MUTUAL_TLS\nISTIO_SERVICE_CIDR=172.21.0.0/16\n\n", {}],
  ["0.10 no inbound ports: it only calls", "ISTIO_SERVICE_CIDR=172.21.0.0/16", { inboundPorts: [] }],
  [
    "0.11 a port appended",
    "ISTIO_SERVICE_CIDR=172.21.0.0/16\nISTIO_INBOUND_PORTS=8888\n",
    { inboundPorts: [8888 as PortNumber] },
  ],
  [
    "the last line holds",
    "ISTIO_INBOUND_PORTS=1\nISTIO_SERVICE_CIDR=172.21.0.0/16\nISTIO_INBOUND_PORTS=2",
    { inboundPorts: [2 as PortNumber] },
  ],
  ["all ports", "ISTIO_SERVICE_CIDR=172.21.0.0/16\nISTIO_INBOUND_PORTS='*'", { inboundPorts: "*" }],
  [
    "quotes, comments, CRLF and export",
    "# made by hand\r\nexport ISTIO_SERVICE_CIDR=\"172.21.0.0/16\" # two\r\n ISTIO_INBOUND_PORTS='8888, 9999'\r\n",
    { inboundPorts: [8888, 9999] as PortNumber[] },
  ],
  ["plaintext", "ISTIO_CP_AUTH=NONE\nISTIO_SERVICE_CIDR=172.21.0.0/16", { authentication: "plaintext" }],
  [
    "unknown variables are kept",
    "A=1\nISTIO_SERVICE_CIDR=172.21.0.0/16\n__proto__='x y'",
    {
      rest: new Map([
        ["A", "1"],
        ["__proto__", "x y"],
      ]),
    },
  ],
])("%s", (_, text, expected) => {
  expect(parseClusterEnv(text)).toEqual({ ok: true, value: { ...base, ...expected } });
});

test.each([
  ["A=1\nhello", 'line 2: "hello" is not KEY=VALUE'],
  ["A='x", "line 1:"],
  ["A=x y", "line 1:"],
  ["ISTIO_INBOUND_PORTS=80x", 'ISTIO_INBOUND_PORTS: "80x" is not a port'],
  ["ISTIO_INBOUND_PORTS=70000", "ISTIO_INBOUND_PORTS"],
  ["ISTIO_SERVICE_CIDR=10.0.0.0", "ISTIO_SERVICE_CIDR"],
  ["ISTIO_CP_AUTH=maybe", "neither MUTUAL_TLS nor NONE"],
])("%j is refused: %s", (text, message) => {
  const parsed = parseClusterEnv(text);
  expect(parsed).toEqual({ ok: false, error: expect.stringContaining(message) });
});

const values = fc.string({ unit: fc.constantFrom(..."aZ0 '\"\\$`#&;|<>(){}[]*?!~=\t-é".split("")), maxLength: 12 });

test("what is written is read again", () => {
  const rest = fc
    .dictionary(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/), values)
    .map((all) => new Map(Object.entries(all)));
  fc.assert(
    fc.property(rest, fc.uniqueArray(fc.integer({ min: 1, max: 65535 })), (others, ports) => {
      const env = { ...base, inboundPorts: ports.sort((a, b) => a - b) as PortNumber[], rest: others };
      expect(parseClusterEnv(formatClusterEnv(env))).toEqual({ ok: true, value: env });
    }),
  );
});

test("a shell reads the same as we do", async () => {
  const folder = await mkdtemp(join(tmpdir(), "portolan-agent-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const written = ["plain", "two words", "it's", '"quoted"', "$HOME", "`id`", "a#b", "\\", "a\\b", "*", ""];
  const byHand = ["'a'b\"c\"", '"\\$x \\" \\\\ \\a"', "a\\ b", "a#b", "'#' # comment", "\\#", "x''"];
  const lines = [
    ...written.map((value) => formatClusterEnv({ ...base, rest: new Map([["V", value]]) })),
    ...byHand.map((v) => `V=${v}\n`),
  ];
  const read = [];
  for (const [index, text] of lines.entries()) {
    const file = join(folder, `${index}.env`);
    await writeFile(file, text);
    const { stdout } = await promisify(execFile)("sh", ["-c", '. "$1"; printf %s "$V"', "sh", file]);
    const parsed = parseClusterEnv(text);
    expect([text, parsed.ok && parsed.value.rest.get("V")]).toEqual([text, stdout]);
    read.push(stdout);
  }
  expect(read.slice(0, written.length)).toEqual(written);
});

test("whatever stands in the file, reading it throws nothing", () => {
  fc.assert(fc.property(fc.string(), values, (text, more) => void parseClusterEnv(`${text}\nA=${more}`)));
});
