import type { IpAddress } from "../address.ts";
import type {
  Hostname,
  Namespace,
  NetworkId,
  PortNumber,
  ServiceAccountName,
  ServiceId,
  WorkloadId,
} from "../names.ts";
import type { Labels } from "../object/meta.ts";
import type { SpiffeId } from "../spiffe.ts";

/** One place where a service's ports are served. */
export interface Endpoint {
  /** A host name only where the service's resolution is DNS. */
  readonly address: IpAddress | Hostname;
  /** Name of the service's port -> port of the application at this endpoint. A port that is missing is not served here. */
  readonly ports: ReadonlyMap<string, PortNumber>;
  /**
   * How it is reached: `mtls`, an Envoy stands before it; `plaintext`, the application itself; `gateway`, the address
   * is an SNI gateway's, at which every port of the service is reached by mTLS on the port that `ports` names.
   */
  readonly transport: "mtls" | "plaintext" | "gateway";
  readonly network: NetworkId;
  /** `region/zone/subzone`, empty if unknown. */
  readonly locality: string;
  /** 1 unless said. */
  readonly weight: number;
  readonly healthy: boolean;
  readonly labels: Labels;
  readonly identity: SpiffeId | undefined;
  readonly workload: WorkloadId | undefined;
}

export interface ServiceEndpoints {
  readonly service: ServiceId;
  /** Sorted by address, then ports: the order of sources does not matter. */
  readonly endpoints: readonly Endpoint[];
  /** Who may serve it, sorted; the same array as long as its content is the same. Empty where that is not known of every endpoint. */
  readonly identities: readonly SpiffeId[];
}

/** Something that runs: a Pod or a WorkloadEntry. */
export interface Workload {
  readonly id: WorkloadId;
  readonly namespace: Namespace;
  readonly name: string;
  readonly address: IpAddress;
  readonly serviceAccount: ServiceAccountName;
  readonly labels: Labels;
  readonly network: NetworkId;
  readonly locality: string;
  /** Whether an Envoy stands before it. */
  readonly injected: boolean;
}

/** A port that the workload at an address serves for a service of its own namespace. */
export interface InboundPort {
  readonly service: ServiceId;
  readonly hostname: Hostname;
  readonly port: PortNumber;
  /** Port of the application. */
  readonly targetPort: PortNumber;
}
