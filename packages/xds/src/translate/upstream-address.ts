import { dialPort, type Endpoint, type ProxyMode, type ServicePort } from "@portolan/model";

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
export function localAddress(
  endpoint: Endpoint,
  port: Pick<ServicePort, "name">,
  reach: Reach,
  mode: ProxyMode,
): UpstreamAddress | undefined {
  const target = endpoint.ports.get(port.name);
  if (target === undefined) return undefined;
  const meshTls = endpoint.transport !== "plaintext" && reach === "mesh";
  if (endpoint.transport === "gateway" && !meshTls) return undefined;
  return {
    address: endpoint.address,
    port: meshTls ? dialPort(mode, endpoint, target) : target,
    meshTls,
    weight: endpoint.weight,
    locality: endpoint.locality,
    healthy: endpoint.healthy,
  };
}
