import type { Hostname, NetworkId, PortNumber, ServiceId } from "../names.ts";
import type { Labels } from "../object/meta.ts";
import type { Endpoint } from "../snapshot/endpoint.ts";

/**
 * What a name leads to, worked out from the snapshot alone. The gateway's translator uses this same model, so that what it
 * says is what the gateway does.
 */
export interface RoutingModel {
  /**
   * What a TLS connection with this SNI at port 15443 of that network's gateway leads to. `labels` are the gateway's own:
   * only Gateway objects that select it count; without them every Gateway does.
   */
  sni(sni: string, at: { readonly network: NetworkId; readonly labels?: Labels | undefined }): SniRoute;
  /** What a call to a host and port leads to for a client in that network. */
  host(host: string, port: number, from: HostClient): HostRoute;
}

export interface HostClient {
  readonly network: NetworkId;
  /** Limits what is visible by `exportTo`; undefined: everything exported to all. */
  readonly namespace?: string;
}

export type SniRoute =
  | {
      readonly kind: "forward";
      readonly service: ServiceId;
      readonly hostname: Hostname;
      readonly port: PortNumber;
      readonly subset: string;
      readonly endpoints: readonly Endpoint[];
    }
  | { readonly kind: "control-plane" }
  | { readonly kind: "closed"; readonly reason: SniClosedReason };

export type SniClosedReason =
  | "no-sni"
  | "not-of-the-form"
  | "suffix-not-served"
  | "unknown-host"
  | "not-exported"
  | "port-not-declared"
  | "unknown-subset"
  | "no-endpoint-in-network";

export type HostRoute =
  | { readonly kind: "forward"; readonly service: ServiceId; readonly port: PortNumber; readonly hops: readonly Hop[] }
  | {
      readonly kind: "closed";
      readonly reason: "unknown-host" | "not-visible" | "port-not-declared" | "no-endpoint";
      readonly declaredPorts: readonly PortNumber[];
    };

/** Straight to an endpoint, or to the gateway of its network with the SNI that it needs. */
export type Hop =
  | { readonly kind: "direct"; readonly endpoint: Endpoint; readonly port: PortNumber }
  | {
      readonly kind: "gateway";
      readonly network: NetworkId;
      readonly address: string;
      readonly port: PortNumber;
      readonly sni: string;
      readonly weight: number;
    };
