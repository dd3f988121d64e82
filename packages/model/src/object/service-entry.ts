import type { IpAddress } from "../address.ts";
import type { Cidr } from "../cidr.ts";
import type { Hostname, NetworkId, PortNumber, ServiceAccountName } from "../names.ts";
import type { Protocol } from "../protocol.ts";
import type { ExportTo, Labels, ObjectMeta } from "./meta.ts";

/** A ServiceEntry (`networking.istio.io`). */
export interface ServiceEntryObject {
  readonly kind: "ServiceEntry";
  readonly meta: ObjectMeta;
  /** At least one; may hold a wildcard first label. */
  readonly hosts: readonly Hostname[];
  readonly addresses: readonly (IpAddress | Cidr)[];
  readonly ports: readonly ServiceEntryPort[];
  readonly location: "MESH_INTERNAL" | "MESH_EXTERNAL";
  readonly resolution: "NONE" | "STATIC" | "DNS";
  readonly endpoints: readonly WorkloadSpec[];
  readonly workloadSelector: Labels | undefined;
  readonly exportTo: ExportTo;
  readonly subjectAltNames: readonly string[];
}

export interface ServiceEntryPort {
  readonly name: string;
  readonly number: PortNumber;
  readonly protocol: Protocol;
  readonly targetPort: PortNumber | undefined;
}

/** A WorkloadEntry's spec; also an endpoint of a ServiceEntry. */
export interface WorkloadSpec {
  /** A host name only where the entry's resolution is DNS. */
  readonly address: IpAddress | Hostname;
  /** Port name of the service -> the port that this workload serves it on. */
  readonly ports: ReadonlyMap<string, PortNumber>;
  readonly labels: Labels;
  readonly network: NetworkId | undefined;
  readonly locality: string | undefined;
  readonly weight: number | undefined;
  readonly serviceAccount: ServiceAccountName | undefined;
}

export interface WorkloadEntryObject {
  readonly kind: "WorkloadEntry";
  readonly meta: ObjectMeta;
  readonly spec: WorkloadSpec;
}
