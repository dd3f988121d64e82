import { printable } from "@portolan/model";
import { Gauge, type Registry } from "prom-client";
import type { XdsPart } from "../control-plane/xds-part.ts";

/** Proxies that have labels of their own; those beyond are counted together, so that no number of them makes series without end. */
const MAX_PROXIES = 100;
const OTHERS = "(others)";

/** Which proxies use an older version of something because they rejected the newest. */
export function addRejectionMetrics(xds: Pick<XdsPart, "connections">, registers: Registry[]): void {
  new Gauge({
    name: "portolan_xds_rejected_resources",
    help: "Resources that connected proxies rejected in their present version, by proxy and type.",
    labelNames: ["node", "type"] as const,
    registers,
    collect() {
      this.reset();
      const named = new Set<string>();
      for (const { connection, rejections } of xds.connections()) {
        if (rejections.length === 0) continue;
        const node = printable(connection.nodeId, 200);
        if (named.size < MAX_PROXIES) named.add(node);
        for (const { type } of rejections)
          this.inc({ node: named.has(node) ? node : OTHERS, type: type.toLowerCase() });
      }
    },
  });
}
