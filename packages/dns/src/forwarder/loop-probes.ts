import { randomBytes } from "node:crypto";
import type { ForwardQuestion } from "./forward-question.ts";

/**
 * A name for each upstream that nobody else knows. Where one is asked of us, its upstream asks us, and is not asked any more.
 * Threads that share a port share these: any of them may get what another sent.
 */
export interface LoopProbes {
  readonly names: readonly string[];
  /** 1 where an upstream was found out. */
  readonly found: Int32Array;
}

const PROBE_BYTES = 16;

export function createLoopProbes(upstreams: number): LoopProbes {
  return {
    names: Array.from({ length: upstreams }, () => randomBytes(PROBE_BYTES).toString("hex")),
    found: new Int32Array(new SharedArrayBuffer(4 * upstreams)),
  };
}

/** The question's labels for an upstream's probe. */
export function probeLabels({ names }: LoopProbes, upstream: number): Uint8Array {
  const name = names[upstream] ?? "";
  return Uint8Array.of(name.length, ...Buffer.from(name));
}

/** Whether a question is one of the probes; its upstream is then found out. */
export function meetProbe({ names, found }: LoopProbes, name: ForwardQuestion["name"]): boolean {
  const { bytes, start, end } = name;
  if (end - start !== 1 + 2 * PROBE_BYTES) return false;
  const at = names.indexOf(
    Buffer.from(bytes.subarray(start + 1, end))
      .toString("latin1")
      .toLowerCase(),
  );
  if (at < 0) return false;
  Atomics.store(found, at, 1);
  return true;
}
