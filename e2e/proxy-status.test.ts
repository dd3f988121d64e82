import { join } from "node:path";
import { createStage, loadMesh, loadPlan, type Stage } from "@portolan/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWithEnvoy } from "./testing/needs-envoy.ts";
import { portolanCommand } from "./testing/portolan.ts";

const example = join(import.meta.dirname, "..", "examples", "multi-network");

describeWithEnvoy("proxy-status", () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await createStage({
      plan: await loadPlan(example),
      mesh: await loadMesh(example),
      self: await portolanCommand(),
      progress: () => undefined,
      ground: "loopback",
    });
  });

  afterAll(() => stage?.[Symbol.asyncDispose]());

  const statusOf = async (...flags: string[]) => (await stage.portolan(["proxy-status", ...flags])).out;

  test("0.20 every proxy of the example is connected and in sync, the machine's too", async () => {
    const [header = "", ...lines] = (await statusOf()).trim().split("\n");
    expect(header.split(/\s{2,}/)).toEqual([
      "NAME",
      "CLUSTER",
      "CDS",
      "LDS",
      "EDS",
      "RDS",
      "ISTIOD",
      "VERSION",
      "LAST ACK",
      "NACK",
    ]);
    expect(lines).toHaveLength(stage.plan.proxies.length);
    expect(lines.find((line) => line.startsWith("vm-1.vm "))).toMatch(/(SYNCED +){4}/);
    for (const line of lines) expect(line).not.toMatch(/STALE|NOT SENT/);
  });

  test("as JSON it tells the identity that the channel proved, and no rejection", async () => {
    const proxies = JSON.parse(await statusOf("-o", "json")) as {
      name: string;
      identity: string;
      rejections: string[];
    }[];
    const machine = proxies.find(({ name }) => name === "vm-1");
    expect(machine?.identity).toBe("spiffe://cluster.local/ns/vm/sa/vm");
    expect(proxies.flatMap(({ rejections }) => rejections)).toEqual([]);
  });

  test("the machine's Envoy gets its secrets over SDS and can tell when they end", async () => {
    expect(await statusOf("--compact")).toContain("SDS");
  });
});
