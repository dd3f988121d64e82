import { afterEach, expect, test } from "vitest";
import { createControlPlane } from "../control-plane/control-plane.ts";
import { parseListenAddress } from "../listen-address.ts";
import { openDelta, sidecarOf } from "../testing/delta-client.ts";
import { followChannel } from "../testing/follow-channel.ts";
import { ask } from "../testing/request.ts";
import { until } from "../testing/until.ts";
import { type Log, startLog } from "./log.ts";

interface Line {
  readonly event?: string;
  readonly msg: string;
  readonly leftOut?: number;
  readonly leftOutOfPeer?: number;
  readonly leftOutOfAll?: number;
}

const NACK = "portolan:xds:nack";

let log: Log | undefined;
let nowMs = 0;
let written: string[] = [];
afterEach(() => {
  log?.[Symbol.dispose]();
});

function start(): void {
  written = [];
  nowMs = 0;
  log = startLog({ level: "info", json: true, write: (line) => written.push(line), now: () => nowMs });
}

function linesOf(event: string): readonly Line[] {
  return written.map((line) => JSON.parse(line) as Line).filter((line) => line.event === event);
}

function leftOutIn(lines: readonly Line[]): number {
  return lines.reduce(
    (sum, { leftOut = 0, leftOutOfPeer = 0, leftOutOfAll = 0 }) => sum + leftOut + leftOutOfPeer + leftOutOfAll,
    0,
  );
}

const plaintext = () =>
  createControlPlane({ xdsPlaintext: parseListenAddress("127.0.0.1:0", "test"), dns: undefined, admin: undefined });

/** Asks for one name after the other, none of which is there, and rejects each answer. */
function flood(target: string, node: string, rejections: number, reason: (at: number) => string) {
  let at = 0;
  const client = openDelta({
    target,
    ...sidecarOf(node, "shop"),
    answers: "nack",
    refusal: () => reason(at),
    answered: () => {
      at++;
      if (at < rejections) client.subscribe("cluster", `none-${at}`);
    },
  });
  client.subscribe("cluster", "none-0");
  return client;
}

test.each([
  ["the same reason", () => "not this", 5],
  ["the same reason with other numbers", (at: number) => `not this 0x${at.toString(16)}0`, 5],
  ["a new reason of 4 KB", (at: number) => `${at.toString(36).replace(/\d/g, "z")}:${"x".repeat(4_000)}`, 50],
])("F-34 a proxy that rejects again and again, with %s each time, fills no disk", async (_what, reason, most) => {
  await using mesh = await plaintext();
  using nacks = followChannel(NACK);
  start();
  using client = flood(mesh.listening.xdsPlaintext ?? "", "liar", 600, reason);
  await until("it has rejected all", () => nacks.messages.length === 600);
  const lines = linesOf(NACK);
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.length).toBeLessThanOrEqual(most);
  expect(Math.max(...written.map(({ length }) => length))).toBeLessThan(2_000);
  // Who comes then is heard, and what was left out is said, each line once.
  nowMs = 3_600_000;
  client.subscribe("cluster", "another");
  await until("it rejects once more", () => nacks.messages.length === 601);
  log?.[Symbol.dispose]();
  const untold = written.map((line) => JSON.parse(line) as Line).filter(({ msg }) => msg.includes(`of ${NACK} `));
  expect(linesOf(NACK).length + leftOutIn(linesOf(NACK)) + leftOutIn(untold)).toBe(601);
  expect((await ask(mesh.adminSocket, "/ready")).status).toBe(200);
  const { text } = await ask(mesh.adminSocket, "/metrics");
  expect(text).toContain('pilot_total_xds_rejects{type="cds"} 601\n');
});

test("F-34 a peer that is another node each time is one peer still", async () => {
  await using mesh = await plaintext();
  using opened = followChannel("portolan:xds:stream-opened");
  using closed = followChannel("portolan:xds:stream-closed");
  using nacks = followChannel(NACK);
  start();
  for (let at = 1; at <= 60; at++) {
    using _client = flood(mesh.listening.xdsPlaintext ?? "", `liar-${at}`, 1, () => "not this");
    await until("it has rejected", () => nacks.messages.length === at);
  }
  await until("all are gone", () => closed.messages.length === 60);
  expect(opened.messages).toHaveLength(60);
  for (const event of ["portolan:xds:stream-opened", "portolan:xds:stream-closed", NACK])
    expect(linesOf(event), event).toHaveLength(50);
});
