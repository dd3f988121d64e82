import { printable } from "@portolan/model";
import type { XdsConnection } from "@portolan/xds";
import type { FastifyInstance } from "fastify";
import type { XdsPart } from "../../control-plane/xds-part.ts";
import { formatInstant } from "../../instant.ts";
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

  server.get("/debug/connections", async () => {
    const connections = xds()
      .connections()
      .map(({ connection }) => connection);
    const startMs = Date.now() - performance.now();
    return {
      // These two are istiod's `AdsClients`.
      totalClients: connections.length,
      clients: connections.map((connection) => adsClient(connection, startMs)),
      connections,
      translations: xds().counts(),
    };
  });
}

function adsClient({ nodeId, stream, peer, openedAtMs }: XdsConnection, startMs: number): unknown {
  return {
    connectionId: `${printable(nodeId, 300)}-${stream}`,
    connectedAt: formatInstant(startMs + openedAtMs),
    address: peer.address,
  };
}
