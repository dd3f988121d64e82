/** The server under fire, as a process of its own: every way in which it could fail is told to its parent. */
import { subscribe } from "node:diagnostics_channel";
import { createDnsServer } from "../../src/index.ts";
import { STORM_RECORDS } from "./records.ts";

/** What the parent is told. */
export type TargetMessage =
  | { readonly kind: "ready"; readonly port: number }
  | { readonly kind: "failure"; readonly what: string }
  | {
      readonly kind: "stats";
      readonly answered: number;
      readonly dropped: number;
      readonly tcpConnections: number;
      readonly heapBytes: number;
    };

const tell = (message: TargetMessage) => process.send?.(message);
const fail = (what: string) => (error: unknown) => {
  tell({ kind: "failure", what: `${what}: ${error instanceof Error ? error.stack : JSON.stringify(error)}` });
};

process.on("unhandledRejection", fail("unhandled rejection"));
process.on("uncaughtException", fail("uncaught exception"));
subscribe("portolan:dns:problem", fail("problem"));

const upstreams = process.argv.slice(2);
const server = createDnsServer({
  records: STORM_RECORDS,
  listen: { port: 0 },
  upstreams,
  forwardTimeout: { totalMs: 400, attemptMs: 100 },
});
await server.start();
tell({ kind: "ready", port: server.address!.port });

process.on("message", () => {
  globalThis.gc?.();
  const { queries, dropped, tcpConnections } = server.stats();
  const answered = queries.reduce((sum, { count }) => sum + count, 0);
  tell({ kind: "stats", answered, dropped, tcpConnections, heapBytes: process.memoryUsage().heapUsed });
});
process.on("disconnect", () => process.exit());
