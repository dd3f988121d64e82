import { printable } from "@portolan/model";
import type { ConnectedProxy } from "../control-plane/xds-part.ts";

/** istiod's `SyncStatus`: of each type the nonces that were sent and acknowledged; absent where there is none. */
export interface SyncStatus {
  readonly cluster_id?: string;
  readonly proxy: string;
  readonly proxy_type: "sidecar" | "router";
  readonly cluster_sent?: string;
  readonly cluster_acked?: string;
  readonly listener_sent?: string;
  readonly listener_acked?: string;
  readonly route_sent?: string;
  readonly route_acked?: string;
  readonly endpoint_sent?: string;
  readonly endpoint_acked?: string;
}

const NAMES: Readonly<Record<string, string>> = { CDS: "cluster", LDS: "listener", RDS: "route", EDS: "endpoint" };

export function syncStatus({ connection, proxy }: ConnectedProxy): SyncStatus {
  const nonces = connection.types.flatMap(({ shortName, sentNonce, acknowledgedNonce }) => {
    const name = NAMES[shortName];
    if (name === undefined) return [];
    const both = [
      [`${name}_sent`, sentNonce],
      [`${name}_acked`, acknowledgedNonce],
    ] as const;
    return both.filter(([, nonce]) => nonce !== "");
  });
  return {
    ...(proxy.cluster === "" ? {} : { cluster_id: printable(proxy.cluster, 300) }),
    proxy: printable(proxy.nodeId, 300),
    proxy_type: proxy.role === "gateway" ? "router" : "sidecar",
    ...Object.fromEntries(nonces),
  };
}
