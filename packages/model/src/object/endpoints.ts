import type { IpAddress } from "../address.ts";
import type { PortNumber } from "../names.ts";
import type { ObjectMeta } from "./meta.ts";

/** Endpoints (`v1`) and EndpointSlice (`discovery.k8s.io/v1`) say the same in two shapes; both decode to this. */
export interface EndpointsObject {
  readonly kind: "Endpoints" | "EndpointSlice";
  readonly meta: ObjectMeta;
  /** The Service they belong to, in the same namespace: the object's own name, or the label `kubernetes.io/service-name`. */
  readonly service: string;
  readonly groups: readonly EndpointGroup[];
}

/** Addresses that share a list of ports. */
export interface EndpointGroup {
  readonly addresses: readonly EndpointAddress[];
  readonly ports: readonly { readonly name: string; readonly number: PortNumber }[];
}

export interface EndpointAddress {
  readonly address: IpAddress;
  readonly ready: boolean;
  /** `targetRef` of kind Pod. */
  readonly pod: string | undefined;
  readonly zone: string | undefined;
}
