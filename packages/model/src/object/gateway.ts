import type { IpAddress } from "../address.ts";
import type { Hostname, Namespace, PortNumber } from "../names.ts";
import type { Labels, ObjectMeta } from "./meta.ts";

/** A Gateway (`networking.istio.io`). */
export interface GatewayObject {
  readonly kind: "Gateway";
  readonly meta: ObjectMeta;
  /** Labels of the gateway proxies that carry it out; empty: every gateway proxy. */
  readonly selector: Labels;
  readonly servers: readonly GatewayServer[];
}

export interface GatewayServer {
  readonly port: { readonly number: PortNumber; readonly name: string };
  readonly mode: "HTTP" | "AUTO_PASSTHROUGH";
  readonly bind: IpAddress | undefined;
  readonly hosts: readonly HostScope[];
}

/** `namespace/host` of Gateway servers and Sidecar egress: `*` any, `.` own, `~` none. */
export interface HostScope {
  readonly namespace: Namespace | "*" | "." | "~";
  readonly host: Hostname | "*";
}

/** A Sidecar (`networking.istio.io`): which services a workload sees. */
export interface SidecarObject {
  readonly kind: "Sidecar";
  readonly meta: ObjectMeta;
  readonly workloadSelector: Labels | undefined;
  /** Undefined: no restriction. */
  readonly egress: readonly HostScope[] | undefined;
}
