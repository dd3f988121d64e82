import type { XdsPart } from "./xds.ts";

export interface AppliedOptions {
  /** Default: the newest. */
  readonly revision?: number;
  /** 30 s. */
  readonly timeoutMs?: number;
}

export interface AppliedResult {
  readonly applied: boolean;
  readonly revision: number;
  /** Node ids of the connected proxies that have not acknowledged it. */
  readonly waiting: readonly string[];
}

/** Waits until every connected proxy has acknowledged a revision. */
export async function waitApplied(
  xds: XdsPart,
  revision: number,
  options: AppliedOptions = {},
): Promise<AppliedResult> {
  const deadline = performance.now() + (options.timeoutMs ?? 30_000);
  for (;;) {
    const waiting = xds.behind(revision);
    if (waiting.length === 0 || performance.now() >= deadline)
      return { applied: waiting.length === 0, revision, waiting };
    await xds.nextReport(Math.max(1, deadline - performance.now()));
  }
}
