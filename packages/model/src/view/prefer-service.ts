import type { Namespace } from "../names.ts";
import { type Hostname, serviceId } from "../names.ts";
import type { MeshSnapshot } from "../snapshot/mesh-snapshot.ts";
import type { Service } from "../snapshot/service.ts";

/**
 * The definition of a host that a client sees where several namespaces have one: its own namespace's, then a Kubernetes
 * Service, then that of the smallest namespace. `sees` says which count at all.
 */
export function preferService(
  snapshot: Pick<MeshSnapshot, "services" | "servicesByHost">,
  host: Hostname,
  clientNamespace: string | undefined,
  sees: (service: Service) => boolean,
): Service | undefined {
  const ids = snapshot.servicesByHost.get(host) ?? [];
  if (clientNamespace !== undefined && ids.length > 1) {
    const own = snapshot.services.get(serviceId(clientNamespace as Namespace, host));
    if (own !== undefined && sees(own)) return own;
  }
  let best: Service | undefined;
  for (const id of ids) {
    const service = snapshot.services.get(id);
    if (service === undefined || !sees(service)) continue;
    if (best === undefined || (service.kind === "service" && best.kind !== "service")) best = service;
  }
  return best;
}
