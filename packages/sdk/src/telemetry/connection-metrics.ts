import { printable } from "@portolan/model";
import { Gauge, type Registry } from "prom-client";
import type { ConnectedProxy, XdsPart } from "../control-plane/xds-part.ts";

/** Proxies that have labels of their own; those beyond are counted together, so that no number of them makes series without end. */
const MAX_PROXIES = 100;
const OTHERS = "(others)";

/** What connected proxies rejected, and what they owe an answer for. */
export function addConnectionMetrics(xds: Pick<XdsPart, "connections">, registers: Registry[]): void {
  const rejected = new Gauge({
    name: "portolan_xds_rejected_resources",
    help: "Resources that connected proxies rejected in their present version, by proxy and type.",
    labelNames: ["node", "type"] as const,
    registers,
    // It sets both: what thousands of connections say of themselves is asked for once. Metrics are collected in the order in which they were made.
    collect() {
      const connections = xds.connections();
      setRejected(connections);
      setUnanswered(connections);
    },
  });
  const unanswered = new Gauge({
    name: "portolan_xds_unanswered_seconds",
    help: "Seconds since the oldest response that some proxy has not answered yet, by type.",
    labelNames: ["type"] as const,
    registers,
  });

  function setRejected(connections: readonly ConnectedProxy[]): void {
    rejected.reset();
    const named = new Set<string>();
    for (const { connection, rejections } of connections) {
      if (rejections.length === 0) continue;
      const node = printable(connection.nodeId, 200);
      if (named.size < MAX_PROXIES) named.add(node);
      for (const { type } of rejections)
        rejected.inc({ node: named.has(node) ? node : OTHERS, type: type.toLowerCase() });
    }
  }

  /** Who owes an answer is sent nothing more of that type until it gives it. */
  function setUnanswered(connections: readonly ConnectedProxy[]): void {
    unanswered.reset();
    const oldest = new Map<string, number>();
    for (const { connection } of connections) {
      for (const { shortName, pendingSinceMs } of connection.types) {
        if (pendingSinceMs === undefined) continue;
        oldest.set(shortName, Math.min(pendingSinceMs, oldest.get(shortName) ?? Number.POSITIVE_INFINITY));
      }
    }
    const nowMs = performance.now();
    for (const [type, sinceMs] of oldest) unanswered.set({ type: type.toLowerCase() }, (nowMs - sinceMs) / 1000);
  }
}
