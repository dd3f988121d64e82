import type { JsonObject } from "@portolan/envoy";
import { formatNodeId } from "@portolan/model";
import type { BootstrapOptions } from "./options.ts";

export interface BootstrapNode {
  readonly id: string;
  readonly cluster: string;
  readonly metadata: JsonObject;
}

/** What the control plane reads of a node; the identity comes from the certificate, and this may only narrow it. */
export function bootstrapNode(options: BootstrapOptions): BootstrapNode {
  const { role, name, namespace, address, inboundPorts } = options;
  const metadata: JsonObject = {
    LABELS: Object.fromEntries(options.labels),
    LOWEST_PORT: String(options.lowestPort),
    MODE: options.mode,
    NAMESPACE: namespace,
    SERVICE_ACCOUNT: options.serviceAccount,
    WORKLOAD_NAME: name,
  };
  if (options.cluster !== undefined) metadata.CLUSTER_ID = options.cluster;
  if (options.network !== undefined) metadata.NETWORK = options.network;
  if (inboundPorts !== undefined) metadata.INBOUND_PORTS = inboundPorts === "*" ? "*" : inboundPorts.join(",");
  const domain = `${namespace}.svc.cluster.local`;
  return {
    id: formatNodeId({ role, address, name, namespace, domain }),
    // Envoy demands one for xDS; its statistics are grouped by it.
    cluster: `${name}.${namespace}`,
    metadata,
  };
}
