import type { DnsRecord } from "@portolan/dns";

const addresses = (name: string, count: number) =>
  Array.from({ length: count }, (_, i): DnsRecord => ({ name, type: "A", address: `10.7.${i >> 8}.${i & 255}` }));

/** More than fit into a datagram. */
export const MANY = 200;

/** The names that real resolvers ask for. */
export const NAMES: readonly DnsRecord[] = [
  { name: "reviews.shop.global", type: "A", address: "127.255.0.3" },
  { name: "both.shop.global", type: "A", address: "127.255.0.4" },
  { name: "both.shop.global", type: "AAAA", address: "fd00::4" },
  { name: "alias.shop.global", type: "CNAME", target: "reviews.shop.global" },
  { name: "*.books.global", type: "A", address: "127.255.0.5" },
  { name: "_http._tcp.reviews.shop.global", type: "SRV", port: 8000, target: "reviews.shop.global" },
  { name: "text.shop.global", type: "TXT", texts: ["a text"] },
  { name: "3.0.255.127.in-addr.arpa", type: "PTR", target: "reviews.shop.global" },
  ...addresses("many.shop.global", MANY),
];

/** What a machine of the mesh has in resolv.conf. */
export const RESOLV_CONF = [
  "nameserver 127.0.0.1",
  "search vm.svc.cluster.local svc.cluster.local cluster.local",
  "options ndots:5 timeout:5 attempts:2",
].join("\n");
