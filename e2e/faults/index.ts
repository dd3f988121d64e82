import { callbacks } from "./callbacks.ts";
import { cycles } from "./cycles.ts";
import { outage } from "./outage.ts";
import { reconnectStorm } from "./reconnect-storm.ts";
import { stuckReader } from "./stuck-reader.ts";
import { updateStorm } from "./update-storm.ts";
import type { FaultSize, Verdict } from "./verdict.ts";

export interface Fault {
  readonly title: string;
  run(size: FaultSize): Promise<Verdict>;
}

export const FAULTS: Readonly<Record<string, Fault>> = {
  "F-01": { title: "one reader of many takes nothing", run: stuckReader },
  "F-04": { title: "a fleet reconnects at once", run: reconnectStorm },
  "F-05": { title: "a storm of changes", run: updateStorm },
  "F-08": { title: "the server is away under load", run: outage },
  "F-16": { title: "functions that are given to the server fail", run: callbacks },
  "F-17": { title: "connections come and go in every way", run: cycles },
};
