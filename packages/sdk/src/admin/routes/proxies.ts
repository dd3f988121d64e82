import type { FastifyInstance } from "fastify";
import type { XdsPart } from "../../control-plane/xds-part.ts";
import { listProxy } from "../proxies.ts";

/** `/api/v1/proxies`: who is connected, and whether it has what it should. */
export function addProxyRoutes(server: FastifyInstance, xds: () => XdsPart): void {
  server.get("/api/v1/proxies", async () => {
    const nowMs = performance.now();
    const proxies = xds()
      .connections()
      .map((connected) => listProxy(connected, nowMs));
    return { proxies: proxies.sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1)) };
  });

  server.get("/debug/pushes", async () => ({ revisions: xds().pushes() }));

  server.get("/debug/connections", async () => ({
    connections: xds()
      .connections()
      .map(({ connection }) => connection),
    translations: xds().counts(),
  }));
}
