import type { Cores } from "../machine/cores.ts";
import type { WorkloadResult } from "../results/result.ts";
import type { PeerPrograms } from "../servers/peers.ts";

/** `smoke`: only that it works, in seconds. `short`: in minutes. */
export type Size = "smoke" | "short" | "full";

export interface Surroundings {
  readonly cores: Cores;
  readonly peers: PeerPrograms;
  /** The bundled command line. */
  readonly program: string;
  readonly size: Size;
  /** A new empty folder. */
  folder(name: string): Promise<string>;
  say(text: string): void;
}

export interface Workload {
  readonly id: string;
  /** The smallest set that it is in. */
  readonly since: Size;
  run(around: Surroundings): Promise<Omit<WorkloadResult, "date">>;
}

/** One of three values by the size of the run. */
export function sized<Value>(size: Size, smoke: Value, short: Value, full: Value): Value {
  return size === "smoke" ? smoke : size === "short" ? short : full;
}
