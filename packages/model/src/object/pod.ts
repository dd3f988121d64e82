import type { IpAddress } from "../address.ts";
import type { PortNumber, ServiceAccountName } from "../names.ts";
import type { ObjectMeta } from "./meta.ts";

/** A Pod (`v1`), read as a workload. */
export interface PodObject {
  readonly kind: "Pod";
  readonly meta: ObjectMeta;
  /** Undefined until the Pod has an address. */
  readonly address: IpAddress | undefined;
  readonly serviceAccount: ServiceAccountName;
  readonly containerPorts: readonly { readonly name: string; readonly number: PortNumber }[];
  /** False for phases Succeeded and Failed, and where the condition Ready is False. A Pod without status counts as ready. */
  readonly ready: boolean;
}

export interface NamespaceObject {
  readonly kind: "Namespace";
  readonly meta: ObjectMeta;
}

export interface ServiceAccountObject {
  readonly kind: "ServiceAccount";
  readonly meta: ObjectMeta;
}
