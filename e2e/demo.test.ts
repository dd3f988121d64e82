import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { loadPlan, titleOf } from "@portolan/sdk";
import { beforeAll, describe, expect, test } from "vitest";
import { describeWithEnvoy } from "./testing/needs-envoy.ts";
import { type Finished, portolan } from "./testing/portolan.ts";

const example = join(import.meta.dirname, "..", "examples", "multi-network");
const isRoot = process.platform === "linux" && process.getuid?.() === 0;

/** The rows of each step, in the order of the example's `demo.yaml`. */
const rowsOfSteps = [
  "0.12 0.36",
  "0.17",
  "0.24 0.25 0.26 0.39 0.42 0.46",
  "0.43",
  "0.40",
  "0.44",
  "",
  "0.47",
  "0.11 0.48",
  "0.50 0.51",
  "",
  "0.20",
];

describeWithEnvoy("demo multi-network --check", async () => {
  const { steps } = await loadPlan(example);
  const grounds = [
    ...(isRoot ? [["isolated", [] as string[]] as const] : []),
    ["loopback", ["--loopback"] as string[]] as const,
  ];
  describe.each(grounds)("%s", (ground, flags) => {
    let demo: Finished;
    /** By others who use this machine. */
    let abandonedBefore: readonly string[];

    beforeAll(async () => {
      abandonedBefore = await abandonedNamespaces();
      demo = await portolan(["demo", "multi-network", "--check", ...flags], { timeoutMs: 150_000 });
    }, 160_000);

    test(`the rows of every step of the example are known (${ground})`, () => {
      expect(rowsOfSteps.length).toBe(steps.length);
    });

    test(`exits 0 and says that all steps passed (${ground})`, () => {
      expect(demo.out, demo.err).toContain(`all ${steps.length} steps passed`);
      expect(demo.code, demo.err).toBe(0);
    });

    test.each(steps.map((step, index) => [`${rowsOfSteps[index]} ${titleOf(step)}`.trim(), index, step] as const))(
      `%s (${ground})`,
      (_title, index, step) => {
        // The titles name variables' values, which differ from ground to ground.
        const [head = ""] = titleOf(step).split("${");
        const line = demo.out.split("\n").find((text) => text.startsWith(`ok     ${index + 1}. ${head}`));
        expect(line, demo.out).toBeDefined();
      },
    );

    if (ground === "isolated") {
      test("0.17 every other address was tried from the machine, the control plane's included", () => {
        expect(demo.out).toMatch(/none of \d+ other addresses is, the control plane's included/);
      });
    }

    test(`no network namespace is left behind (${ground})`, async () => {
      expect((await abandonedNamespaces()).filter((name) => !abandonedBefore.includes(name))).toEqual([]);
    });
  });
});

/** Network namespaces whose name holds the id of a process that has ended. */
async function abandonedNamespaces(): Promise<readonly string[]> {
  if (!isRoot) return [];
  const { stdout } = await promisify(execFile)("ip", ["netns", "list"]);
  const names = stdout.match(/^portolan-\d+-\d+/gm) ?? [];
  return names.filter((name) => !existsSync(`/proc/${name.split("-")[1]}`));
}
