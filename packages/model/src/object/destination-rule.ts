import type { Hostname, PortNumber } from "../names.ts";
import type { ExportTo, Labels, ObjectMeta } from "./meta.ts";

/** A DestinationRule (`networking.istio.io`): how clients treat a host. */
export interface DestinationRuleObject {
  readonly kind: "DestinationRule";
  readonly meta: ObjectMeta;
  /** May hold a wildcard first label. Short names are already completed with the rule's namespace. */
  readonly host: Hostname | "*";
  readonly policy: TrafficPolicy;
  readonly portPolicies: ReadonlyMap<PortNumber, TrafficPolicy>;
  readonly subsets: readonly Subset[];
  readonly exportTo: ExportTo;
  readonly workloadSelector: Labels | undefined;
}

export interface Subset {
  readonly name: string;
  readonly labels: Labels;
  readonly policy: TrafficPolicy;
}

export interface TrafficPolicy {
  readonly tls: ClientTls | undefined;
  readonly connectionPool: ConnectionPool | undefined;
}

export type ClientTls =
  | { readonly mode: "DISABLE" }
  | { readonly mode: "ISTIO_MUTUAL"; readonly sni: string | undefined }
  | {
      readonly mode: "SIMPLE" | "MUTUAL";
      readonly sni: string | undefined;
      readonly subjectAltNames: readonly string[];
      readonly caCertificates: string | undefined;
      readonly clientCertificate: string | undefined;
      readonly privateKey: string | undefined;
      readonly insecureSkipVerify: boolean;
    };

/** Undefined fields are left to Envoy's defaults. */
export interface ConnectionPool {
  readonly maxConnections: number | undefined;
  readonly connectTimeoutMs: number | undefined;
  readonly http1MaxPendingRequests: number | undefined;
  readonly http2MaxRequests: number | undefined;
  readonly maxRequestsPerConnection: number | undefined;
  readonly maxRetries: number | undefined;
  readonly idleTimeoutMs: number | undefined;
  readonly h2Upgrade: boolean;
}
