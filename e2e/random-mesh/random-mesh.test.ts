import { createStage, type DemoPlan, runStep, titleOf } from "@portolan/sdk";
import { expect, test } from "vitest";
import { describeWithEnvoy } from "../testing/needs-envoy.ts";
import { portolanCommand } from "../testing/portolan.ts";
import { demoPlan } from "./demo-plan.ts";
import { drawShape } from "./draw-shape.ts";
import { checkSubsets, checkTcpPorts } from "./extra-checks.ts";
import { meshFiles } from "./mesh-files.ts";

type Ground = "isolated" | "loopback";

const isRoot = process.platform === "linux" && process.getuid?.() === 0;
const { PORTOLAN_SEED } = process.env;

/** Fixed ones, so that a run is the same twice; `PORTOLAN_SEED=n` tries another. */
const runs: readonly (readonly [seed: number, ground: Ground])[] =
  PORTOLAN_SEED === undefined
    ? [
        [4, "loopback"],
        [7, "loopback"],
        [11, isRoot ? "isolated" : "loopback"],
      ]
    : [[Number(PORTOLAN_SEED), "loopback"], ...(isRoot ? [[Number(PORTOLAN_SEED), "isolated"] as const] : [])];

describeWithEnvoy("meshes drawn from a seed, with real Envoys", () => {
  test.each(runs)(
    "0.39 0.42 0.43 0.46 0.48 0.51 every step passes on the mesh of seed %i (%s)",
    async (seed, ground) => {
      const shape = drawShape(seed);
      const plan: DemoPlan = demoPlan(shape, ground);
      await using stage = await createStage({
        plan,
        mesh: meshFiles(shape),
        self: await portolanCommand(),
        progress: () => undefined,
        ground,
      });
      const failed: string[] = [];
      for (const step of stage.plan.steps) {
        const { passed, proof } = await runStep(step, stage);
        if (!passed) failed.push(`${titleOf(step)}: ${proof.join("; ")}`);
        // Everything runs still, and the mesh is whole again, after the machine's application has left.
        if (step.kind === "withdraw")
          failed.push(...(await checkTcpPorts(shape, stage)), ...(await checkSubsets(shape, stage)));
      }
      expect(failed, `PORTOLAN_SEED=${seed} repeats it`).toEqual([]);
    },
  );
});
