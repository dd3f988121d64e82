import type {
  IpAddress,
  Labels,
  Namespace,
  NetworkId,
  NodeId,
  PortNumber,
  ProxyMode,
  ServiceAccountName,
} from "@portolan/model";

/** A host, which may be a name, and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: PortNumber;
}

/** The control plane's name in its certificate, in SNI and as authority, whichever way it is reached. */
export const CONTROL_PLANE_NAME = "istiod.istio-system.svc";

/** How Envoy and the control plane know each other. */
export type BootstrapAuthentication =
  | { readonly kind: "plaintext" }
  | {
      readonly kind: "mtls";
      /** Absolute; holds `root-cert.pem`, `cert-chain.pem` and `key.pem`. */
      readonly certificates: string;
      /**
       * Absolute start of the names of two files that lead Envoy to the certificates and let it take up renewed ones
       * while it runs (`secretFiles`). Undefined: the certificates are read once, when Envoy starts.
       */
      readonly secretFiles: string | undefined;
    };

/** Everything that a bootstrap holds; `parseBootstrap` makes it from what a person types. */
export interface BootstrapOptions {
  readonly role: NodeId["role"];
  readonly name: string;
  readonly namespace: Namespace;
  readonly serviceAccount: ServiceAccountName;
  readonly address: IpAddress;
  /** Undefined: the control plane finds it from the workload or the address. */
  readonly network: NetworkId | undefined;
  readonly cluster: string | undefined;
  readonly labels: Labels;
  /** Ports of the application that the mesh may call; empty: none; undefined: all that services name. */
  readonly inboundPorts: "*" | readonly PortNumber[] | undefined;
  readonly mode: ProxyMode;
  readonly lowestPort: PortNumber;
  readonly controlPlane: HostPort;
  readonly authentication: BootstrapAuthentication;
  /** `delta` (incremental xDS) or `sotw` (state of the world). */
  readonly dialect: "delta" | "sotw";
  /** On 127.0.0.1; 0 picks a free one. */
  readonly adminPort: number;
  /** On 127.0.0.1, path `/stats/prometheus`; undefined: no listener. */
  readonly statsPort: PortNumber | undefined;
}
