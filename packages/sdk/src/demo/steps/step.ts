import type { PlannedStep } from "../plan.ts";
import type { Stage } from "../stage.ts";

/** What a step showed. */
export interface StepResult {
  readonly passed: boolean;
  /** What was seen, a line each. */
  readonly proof: readonly string[];
  /** The command line with which a person sees the same. */
  readonly repeat?: string;
}

export type StepOf<Kind extends PlannedStep["kind"]> = Extract<PlannedStep, { readonly kind: Kind }>;
export type RunStep<Kind extends PlannedStep["kind"]> = (step: StepOf<Kind>, stage: Stage) => Promise<StepResult>;

/** Tries until it passes or the time is over, and gives the last result: configuration takes a moment to reach a proxy. */
export async function eventually(attempt: () => Promise<StepResult>, timeoutMs = 15_000): Promise<StepResult> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const result = await attempt();
    if (result.passed || performance.now() > deadline) return result;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
