import { paint, type Terminal } from "../cli/terminal.ts";
import type { Stage } from "./stage.ts";
import { runStep, titleOf } from "./steps/run-step.ts";

/** Runs every step and prints what each showed; whether all passed. Aborted, it says no more: what it looks at is being taken down. */
export async function runSteps(stage: Stage, terminal: Terminal, signal?: AbortSignal): Promise<boolean> {
  let failed = 0;
  for (const [index, step] of stage.plan.steps.entries()) {
    const result = await runStep(step, stage).catch((error: Error) => ({
      passed: false,
      proof: [error.message],
      repeat: undefined,
    }));
    if (signal?.aborted === true) return false;
    if (!result.passed) {
      failed++;
      stage.keepDirectory();
    }
    const mark = result.passed ? paint(terminal, "out", "good", "ok    ") : paint(terminal, "out", "bad", "FAILED");
    terminal.out(`${mark} ${index + 1}. ${titleOf(step)}\n`);
    for (const line of result.proof) terminal.out(`          ${line}\n`);
    if (result.repeat !== undefined)
      terminal.out(`          ${paint(terminal, "out", "quiet", `$ ${result.repeat}`)}\n`);
  }
  const steps = stage.plan.steps.length;
  terminal.out(
    failed === 0
      ? `all ${steps} steps passed\n`
      : `${failed} of ${steps} steps failed; logs are in ${stage.directory}\n`,
  );
  return failed === 0;
}
