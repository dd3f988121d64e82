import { Gauge, type Registry } from "prom-client";
import type { XdsPart } from "../control-plane/xds-part.ts";

/** For how long clients have owed an answer: they are sent nothing more of that type until they give it. */
export function addUnansweredMetrics(xds: Pick<XdsPart, "connections">, registers: Registry[]): void {
  new Gauge({
    name: "portolan_xds_unanswered_seconds",
    help: "Seconds since the oldest response that some proxy has not answered yet, by type.",
    labelNames: ["type"] as const,
    registers,
    collect() {
      this.reset();
      const oldest = new Map<string, number>();
      for (const { connection } of xds.connections()) {
        for (const { shortName, pendingSinceMs } of connection.types) {
          if (pendingSinceMs === undefined) continue;
          oldest.set(shortName, Math.min(pendingSinceMs, oldest.get(shortName) ?? Number.POSITIVE_INFINITY));
        }
      }
      const nowMs = performance.now();
      for (const [type, sinceMs] of oldest) this.set({ type: type.toLowerCase() }, (nowMs - sinceMs) / 1000);
    },
  });
}
