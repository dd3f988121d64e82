import type { Measured, Target } from "./child.ts";
import type { Finding } from "./udp.ts";

export interface FuzzReport {
  readonly lines: readonly string[];
  readonly findings: readonly NonNullable<Finding>[];
}

/** Memory may grow by so much after the warm-up (G10). */
export const MAX_GROWTH_BYTES = 20 * 1024 * 1024;
/** Descriptors are back in that time (G10). */
const SETTLE_MS = 15_000;

/** What the server has when its descriptors are where they were, or when it had time enough for that. */
export async function settled(target: Target, start: Measured): Promise<Measured> {
  const until = performance.now() + SETTLE_MS;
  let end = await target.measure();
  while (end.descriptors > start.descriptors && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    end = await target.measure();
  }
  return end;
}

/** Many clients: one address has eight connections. */
export function loopback(number: number): string {
  return `127.0.1.${1 + (number % 200)}`;
}

export function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
