import type { IpAddress } from "@portolan/model";

/** An address and port as they stand in names: `127.255.0.3:8000`, `[::1]:80`. */
export function formatSocket(address: IpAddress, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Istio's name of the listener on an address and port. */
export function listenerName(address: IpAddress, port: number): string {
  return `${address}_${port}`;
}

/** Istio's name of the cluster that leads to an application beside its Envoy. */
export function inboundClusterName(targetPort: number): string {
  return `inbound|${targetPort}||`;
}

/** What Istio calls the cluster that nothing leads to. */
export const BLACK_HOLE_CLUSTER = "BlackHoleCluster";

/** The control plane as a gateway's upstream. */
export const CONTROL_PLANE_CLUSTER = "outbound|15012||istiod.istio-system.svc";
