import type { ProxyMode } from "@portolan/model";
import type { XdsLimits } from "@portolan/xds";
import type { ListenAddress } from "../listen-address.ts";

/** What a control plane is made of. In process every server takes a free port on loopback unless told otherwise. */
export interface ControlPlaneOptions {
  /** Files and folders of Istio and Kubernetes YAML, watched for changes. */
  readonly config?: readonly string[];
  /** Directory for what must survive a restart; absent: a temporary one, removed by `stop()`. */
  readonly data?: string;
  /** `nowhere`: no server at all, only the registry. */
  readonly listen?: "nowhere";
  /** xDS over mutual TLS. */
  readonly xds?: ListenAddress | undefined;
  /** xDS in plaintext, where identity is only a claim and secrets are not served; loopback addresses only. Off unless given. */
  readonly xdsPlaintext?: ListenAddress | undefined;
  /** Threads that serve xDS, each listening on the same ports; 0: the main thread does. */
  readonly workers?: number;
  /** Limits of the xDS server that are not to be `DEFAULT_XDS_LIMITS`. */
  readonly xdsLimits?: Partial<XdsLimits>;
  /** DNS on UDP and TCP, on one address or several; `undefined` given: off. */
  readonly dns?: ListenAddress | readonly ListenAddress[] | undefined;
  /** Threads that answer DNS over UDP; 0: the main thread does. */
  readonly dnsWorkers?: number;
  /** Servers to which names outside the mesh are forwarded; without any, such names are refused. */
  readonly dnsUpstreams?: readonly ListenAddress[];
  /** The admin API on TCP; `undefined` given: on the Unix socket alone. */
  readonly admin?: ListenAddress | undefined;
  /** Further names and addresses of this server, for its certificate. */
  readonly advertise?: readonly string[];
  /** How traffic reaches the proxies that do not say; `bind`. */
  readonly mode?: ProxyMode;
  /** Lifetime of workloads' certificates, which are renewed at about half of it; 24 h. */
  readonly workloadCertTtlMs?: number | undefined;
  /** Reject with `bad-objects` where any object is bad at start. */
  readonly strict?: boolean;
  /** Window in which changes behind the first one are merged; 10 ms. */
  readonly debounceMs?: number;
}
