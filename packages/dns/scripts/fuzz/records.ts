import type { DnsRecord } from "../../src/index.ts";

const addresses = (name: string, count: number) =>
  Array.from({ length: count }, (_, i): DnsRecord => ({ name, type: "A", address: `10.1.${i >> 8}.${i & 255}` }));

/** Names of every kind, so that mutated queries meet all of the answer path. */
export const STORM_RECORDS: readonly DnsRecord[] = [
  ...addresses("reviews.shop.global", 3),
  ...addresses("many.shop.global", 70),
  ...addresses("huge.shop.global", 4_000),
  ...addresses("*.wild.global", 1),
  { name: "alias.shop.global", type: "CNAME", target: "reviews.shop.global" },
  { name: "out.shop.global", type: "CNAME", target: "www.example.com" },
  { name: "_http._tcp.reviews.shop.global", type: "SRV", port: 8000, target: "reviews.shop.global" },
  { name: "text.shop.global", type: "TXT", texts: ["a text"] },
  { name: "3.0.255.127.in-addr.arpa", type: "PTR", target: "reviews.shop.global" },
];
