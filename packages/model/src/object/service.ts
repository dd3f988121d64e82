import type { IpAddress } from "../address.ts";
import type { Hostname, PortNumber } from "../names.ts";
import type { Protocol } from "../protocol.ts";
import type { ExportTo, Labels, ObjectMeta } from "./meta.ts";

/** A Kubernetes Service (`v1`). */
export interface ServiceObject {
  readonly kind: "Service";
  readonly meta: ObjectMeta;
  /** Empty for headless Services, and for those whose address nobody has given yet. */
  readonly clusterIps: readonly IpAddress[];
  readonly headless: boolean;
  /** Set for `type: ExternalName` only. */
  readonly externalName: Hostname | undefined;
  /** Undefined: no selector, endpoints are given by Endpoints or EndpointSlice objects. */
  readonly selector: Labels | undefined;
  readonly ports: readonly ServicePortSpec[];
  /** `status.loadBalancer.ingress[].ip`, `spec.externalIPs` and `spec.loadBalancerIP`. */
  readonly externalIps: readonly IpAddress[];
  /** From the annotation `networking.istio.io/exportTo`. */
  readonly exportTo: ExportTo;
}

export interface ServicePortSpec {
  readonly name: string;
  readonly number: PortNumber;
  readonly protocol: Protocol;
  /** A number, or the name of a container port. */
  readonly targetPort: PortNumber | string;
}
