import { join } from "node:path";
import { createStage, loadMesh, loadPlan, runStep, titleOf } from "@portolan/sdk";
import { expect, test } from "vitest";
import { describeWithEnvoy } from "./testing/needs-envoy.ts";
import { portolanCommand } from "./testing/portolan.ts";

const example = join(import.meta.dirname, "..", "examples", "multi-network");

describeWithEnvoy("state of the world", () => {
  test("every step of the example passes with Envoys that speak it, but that a new server sends all of it again", async () => {
    const plan = await loadPlan(example);
    await using stage = await createStage({
      plan: {
        ...plan,
        proxies: plan.proxies.map((proxy) => ({ ...proxy, dialect: "sotw" })),
        steps: plan.steps.filter((step) => step.kind !== "outage"),
      },
      mesh: await loadMesh(example),
      self: await portolanCommand(),
      progress: () => undefined,
      ground: "loopback",
    });
    const { connections } = await stage.client.get<{ connections: { dialect: string }[] }>("/debug/connections");
    expect(new Set(connections.map(({ dialect }) => dialect))).toEqual(new Set(["sotw"]));
    const failed: string[] = [];
    for (const step of stage.plan.steps) {
      const { passed, proof } = await runStep(step, stage);
      if (!passed) failed.push(`${titleOf(step)}: ${proof.join("; ")}`);
    }
    expect(failed).toEqual([]);
  });
});
