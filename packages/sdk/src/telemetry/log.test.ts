import { channel } from "node:diagnostics_channel";
import type { Problem } from "@portolan/model";
import { afterEach, expect, test } from "vitest";
import { channels } from "./channels.ts";
import { type Log, startLog } from "./log.ts";
import type { LogLevel } from "./log-level.ts";

/** What somebody may put into a name or a message. */
const nasty = 'a\nb\r\u001b[31m\u009b2J\u202e"\\';
const peer = { transport: "mtls", spiffe: `spiffe://cluster.local/ns/shop/sa/till`, address: "127.0.0.1:1" } as const;
const label = { stream: 1, nodeId: nasty, peer, dialect: "delta" } as const;
const typeUrl = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
const problem: Problem = {
  code: "IST0106",
  severity: "error",
  origin: { source: "files", file: `mesh${nasty}.yaml`, position: { line: 6, column: 13 } },
  path: "spec.ports",
  message: nasty,
};

/** A message of each channel that is logged. */
const messages: Readonly<Record<string, unknown>> = {
  "portolan:registry:published": { revision: 7, objects: 1, services: 2, endpoints: 3 },
  "portolan:registry:problem": { problem },
  "portolan:registry:recovered": { problem },
  "portolan:registry:failed": { what: "commit", error: new Error(nasty) },
  "portolan:xds:stream-opened": { kind: "stream-opened", ...label },
  "portolan:xds:stream-closed": { kind: "stream-closed", ...label, status: "OK", message: nasty },
  "portolan:xds:push": {
    kind: "push",
    ...label,
    typeUrl,
    nonce: "1",
    version: "v",
    resources: 1,
    removed: 0,
    bytes: 9,
    oversize: false,
  },
  "portolan:xds:nack": {
    kind: "nack",
    ...label,
    typeUrl,
    nonce: "1",
    message: nasty,
    resources: [{ name: nasty, version: "v", origins: [nasty] }],
    suspects: [],
  },
  "portolan:xds:refused": {
    kind: "refused",
    address: "127.0.0.1:1",
    nodeId: nasty,
    status: "UNAUTHENTICATED",
    message: nasty,
  },
  "portolan:xds:fault": { kind: "fault", where: "assign", cause: new Error(nasty) },
  "portolan:dns:problem": { what: "socket", message: nasty },
  "portolan:sdk:warning": { text: nasty },
  "portolan:sdk:fault": { where: "GET /ready", error: new Error(nasty) },
};

let log: Log | undefined;
afterEach(() => {
  log?.[Symbol.dispose]();
});

function record(level: LogLevel, json: boolean): string[] {
  const written: string[] = [];
  log = startLog({ level, json, write: (line) => written.push(line) });
  return written;
}

test("every channel that is logged has a message here", () => {
  expect(channels.map(({ name }) => name).sort()).toEqual(Object.keys(messages).sort());
});

test.each(Object.entries(messages))(
  "S-26 %s is one line of text, and one of JSON that says the same",
  (name, message) => {
    const text = record("debug", false);
    channel(name).publish(message);
    log?.[Symbol.dispose]();
    const json = record("debug", true);
    channel(name).publish(message);
    expect([text.length, json.length]).toEqual([1, 1]);
    for (const line of [...text, ...json]) {
      expect(line.endsWith("\n")).toBe(true);
      expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e]/u);
    }
    const { level, time, event, msg } = JSON.parse(json[0] ?? "") as Record<string, string>;
    expect([level, event, msg]).toEqual([expect.stringMatching(/^(debug|info|warn|error)$/), name, expect.any(String)]);
    expect(Date.parse(time ?? "")).not.toBeNaN();
    expect(text[0]).toMatch(new RegExp(`^\\d{4}-\\d\\d-\\d\\dT\\S+Z ${level} +\\S`));
  },
);

test.each([
  ["portolan:registry:published", "info", "revision 7 is published objects=1 services=2 endpoints=3"],
  ["portolan:sdk:warning", "warn", String.raw`a\u000ab\u000d\u001b[31m\u009b2J\u202e"\ `.trim()],
])("the text of %s", (name, level, expected) => {
  const written = record("debug", false);
  channel(name).publish(messages[name]);
  expect(written[0]?.trimEnd().replace(/^\S+ /, "")).toBe(`${level.padEnd(5)} ${expected}`);
});

test("a plaintext stream is a warning that says that its identity is a claim", () => {
  const written = record("debug", true);
  channel("portolan:xds:stream-opened").publish({
    kind: "stream-opened",
    ...label,
    peer: { transport: "plaintext", address: "127.0.0.1:1" },
  });
  expect(JSON.parse(written[0] ?? "")).toMatchObject({ level: "warn", msg: expect.stringContaining("only a claim") });
});

test("the level leaves out what is below it; silent leaves out all", () => {
  const publishAll = () => {
    for (const [name, message] of Object.entries(messages)) channel(name).publish(message);
  };
  const levels = (written: readonly string[]) =>
    new Set(written.map((line) => (JSON.parse(line) as { level: string }).level));
  const all = record("debug", true);
  publishAll();
  expect(levels(all)).toEqual(new Set(["debug", "info", "warn", "error"]));
  log?.[Symbol.dispose]();
  const some = record("warn", true);
  publishAll();
  log?.info("not either");
  expect(levels(some)).toEqual(new Set(["warn", "error"]));
  log?.[Symbol.dispose]();
  const none = record("silent", true);
  publishAll();
  expect(none).toEqual([]);
});

test("after it was disposed of nothing is logged", () => {
  const written = record("debug", false);
  log?.[Symbol.dispose]();
  channel("portolan:sdk:warning").publish(messages["portolan:sdk:warning"]);
  expect(written).toEqual([]);
});

test("what comes thousands of times is not even published where the level leaves it out", () => {
  record("info", false);
  expect(channel("portolan:xds:push").hasSubscribers).toBe(false);
  expect(channel("portolan:xds:nack").hasSubscribers).toBe(true);
  log?.[Symbol.dispose]();
  record("debug", false);
  expect(channel("portolan:xds:push").hasSubscribers).toBe(true);
});

test("another level holds from then on, both ways", () => {
  const written = record("warn", false);
  const say = () => {
    channel("portolan:xds:push").publish(messages["portolan:xds:push"]);
    log?.info("text");
    return written.splice(0).length;
  };
  const said = (["warn", "debug", "info", "silent", "debug"] as const).map((level) => {
    if (log !== undefined) log.level = level;
    return say();
  });
  expect(said).toEqual([0, 2, 1, 0, 2]);
});
