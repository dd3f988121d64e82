import type { IpAddress } from "../address.ts";
import type { Namespace, NetworkId, PortNumber } from "../names.ts";
import type { ProxyMode } from "../object/mesh.ts";
import type { Labels } from "../object/meta.ts";
import type { Identity } from "../spiffe.ts";

/**
 * Everything in which proxies may differ, parsed once a stream from the channel's identity and the node. The visible set
 * is a function of it and of the snapshot (`visibleSet`), so it is looked up and not stored.
 */
export interface ProxyView {
  readonly nodeId: string;
  readonly role: "sidecar" | "gateway";
  readonly name: string;
  readonly namespace: Namespace;
  readonly labels: Labels;
  readonly identity: Identity;
  readonly address: IpAddress;
  readonly network: NetworkId;
  readonly cluster: string;
  readonly locality: string;
  readonly mode: ProxyMode;
  readonly capabilities: Capabilities;
}

export interface Capabilities {
  /** The lowest port that it may bind; listeners below it are left out with a status. */
  readonly lowestPort: PortNumber;
  /** Ports of the application that it serves to the mesh; `*`: every one that a service names. */
  readonly inboundPorts: "*" | readonly PortNumber[];
  /** Where its secrets come from. */
  readonly secrets: "ads" | "agent";
}
