import type { Endpoint, ServicePort } from "@portolan/model";
import { INBOUND_PORT } from "@portolan/model";

/** Where a connection is opened to, and whether it speaks the mesh's mutual TLS there. */
export interface UpstreamAddress {
  readonly address: string;
  readonly port: number;
  readonly meshTls: boolean;
  readonly weight: number;
  readonly locality: string;
  readonly healthy: boolean;
}

/** `mesh`: as the endpoint wants it. `application`: past its Envoy, where a rule says that clients use no mesh TLS. */
export type Reach = "mesh" | "application";

/** The endpoint's address for a client of its own network; undefined where it does not serve the port that way. */
export function localAddress(endpoint: Endpoint, port: ServicePort, reach: Reach): UpstreamAddress | undefined {
  const target = endpoint.ports.get(port.name);
  if (target === undefined) return undefined;
  const meshTls = endpoint.transport !== "plaintext" && reach === "mesh";
  if (endpoint.transport === "gateway" && !meshTls) return undefined;
  return {
    address: endpoint.address,
    port: endpoint.transport === "mtls" && meshTls ? INBOUND_PORT : target,
    meshTls,
    weight: endpoint.weight,
    locality: endpoint.locality,
    healthy: endpoint.healthy,
  };
}
