import type { IpAddress } from "@portolan/model";
import { type Chained, dnsmasqAddress } from "./chained.ts";

/** Addresses of the internal load balancers that the older documents put before the cluster. */
export interface LoadBalancers {
  /** Of the cluster's DNS. */
  readonly dns: IpAddress;
  readonly mixer: IpAddress;
  readonly pilot: IpAddress;
  readonly ca: IpAddress;
}

/** The file `kubedns` of Istio's `setupMeshEx.sh generateDnsmasq`, to be laid in `/etc/dnsmasq.d`. */
export function formatKubedns({ dns, mixer, pilot, ca }: LoadBalancers, namespace: string): string {
  const names = [
    ["istio-mixer", mixer],
    ["istio-pilot", pilot],
    ["istio-ca", ca],
  ] as const;
  const lines = [
    `server=/svc.cluster.local/${dns}`,
    ...names.map(([name, address]) => `address=/${name}/${address}`),
    ...names.map(([name, address]) => `address=/${name}.${namespace}/${address}`),
  ];
  return `${lines.join("\n")}\n`;
}

/**
 * A file for `/etc/dnsmasq.d`: the suffixes, and the names of VIPs, are asked of us. dnsmasq run with `--stop-dns-rebind` strips
 * answers in 127.0.0.0/8, which VIPs are, from all but the domains of `rebind-domain-ok`.
 */
export function formatDnsmasq({ server, suffixes, pools }: Chained): string {
  const to = dnsmasqAddress(server);
  return [
    "# /etc/dnsmasq.d/portolan.conf: names of the mesh are asked of Portolan, all others of whom they were before.",
    ...suffixes.map((suffix) => `server=/${suffix}/${to}`),
    ...pools.map((pool) => `rev-server=${pool},${to}`),
    "# VIPs lie in 127.0.0.0/8: with stop-dns-rebind their answers would be stripped.",
    `rebind-domain-ok=/${suffixes.join("/")}/`,
    "",
  ].join("\n");
}
