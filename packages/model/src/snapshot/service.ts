import type { IpAddress } from "../address.ts";
import type { Cidr } from "../cidr.ts";
import type { Hostname, Namespace, PortNumber, ServiceId } from "../names.ts";
import type { ObjectKey } from "../object/key.ts";
import type { ExportTo, Labels } from "../object/meta.ts";
import type { Protocol } from "../protocol.ts";

/** A host name with ports that clients may call: from a Service, or from one host of a ServiceEntry. */
export interface Service {
  readonly id: ServiceId;
  readonly hostname: Hostname;
  readonly namespace: Namespace;
  /** The object that defines it. */
  readonly owner: ObjectKey;
  readonly kind: "service" | "service-entry";
  readonly labels: Labels;
  readonly ports: readonly ServicePort[];
  /** Given addresses (clusterIPs, a ServiceEntry's `addresses`); the VIP that was allocated stands in `MeshSnapshot.vips`. */
  readonly addresses: readonly (IpAddress | Cidr)[];
  readonly headless: boolean;
  readonly externalName: Hostname | undefined;
  readonly resolution: "NONE" | "STATIC" | "DNS";
  readonly location: "MESH_INTERNAL" | "MESH_EXTERNAL";
  readonly exportTo: ExportTo;
  readonly subjectAltNames: readonly string[];
}

export interface ServicePort {
  readonly name: string;
  readonly number: PortNumber;
  readonly protocol: Protocol;
}
