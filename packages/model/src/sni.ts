import { type Hostname, type PortNumber, parseHostname, parsePortNumber } from "./names.ts";

/** A service, one of its ports, and optionally a subset of its endpoints. */
export interface ServiceTarget {
  readonly hostname: Hostname;
  readonly port: PortNumber;
  /** Empty for "all endpoints". */
  readonly subset: string;
}

/** Istio's SNI of mutual TLS across networks: `outbound_.8000_.v1_.reviews.shop.global`. */
export function formatSni(target: ServiceTarget): string {
  return `outbound_.${target.port}_.${target.subset === "" ? "_" : `${target.subset}_`}.${target.hostname}`;
}

/** Istio's cluster name: `outbound|8000|v1|reviews.shop.svc.cluster.local`. */
export function formatClusterName(target: ServiceTarget): string {
  return `outbound|${target.port}|${target.subset}|${target.hostname}`;
}

/** Case does not matter, as Envoy folds SNI; undefined where it is not of the form. A trailing dot is not of the form. */
export function parseSni(sni: string): ServiceTarget | undefined {
  const match = /^outbound_\.(\d{1,5})_\.([a-z0-9-]*)_\.(.+[^.])$/.exec(sni.toLowerCase());
  if (match === null) return undefined;
  const port = parsePortNumber(Number(match[1]));
  const hostname = parseHostname(match[3] ?? "");
  if (!port.ok || !hostname.ok || String(port.value) !== match[1]) return undefined;
  return { hostname: hostname.value, port: port.value, subset: match[2] ?? "" };
}
