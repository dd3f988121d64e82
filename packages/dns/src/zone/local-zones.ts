import type { Cidr, IpAddress } from "@portolan/model";
import { partsOf } from "@portolan/model";
import type { DnsRecord } from "./record.ts";
import { reverseName } from "./reverse.ts";

/**
 * Zones that no query may leave the machine for: RFC 6761 sections 6.3 and 6.4, RFC 6762 section 22 (`local`), RFC 7686
 * (`onion`), RFC 6303 (`127.in-addr.arpa` and the loopback address of IPv6).
 */
export const LOCAL_ZONES: readonly string[] = [
  "localhost",
  "invalid",
  "local",
  "onion",
  "127.in-addr.arpa",
  reverseName("::1" as IpAddress),
];

const loopback = ["127.0.0.1", "::1"] as IpAddress[];

export const LOCAL_RECORDS: readonly DnsRecord[] = loopback.flatMap((address): DnsRecord[] => [
  ...["localhost", "*.localhost"].map(
    (name) => ({ name, type: address.includes(":") ? "AAAA" : "A", address }) as const,
  ),
  { name: reverseName(address), type: "PTR", target: "localhost" },
]);

/** The reverse zones of a block, cut at label boundaries: a `/12` of IPv4 is sixteen `/16`s. */
export function reverseZonesOf(block: Cidr): readonly string[] {
  const { base, bits } = partsOf(block);
  const v6 = base.length === 16;
  const step = v6 ? 4 : 8;
  const labels = Math.ceil(bits / step);
  if (labels === 0) return [];
  const digits = v6 ? Array.from(base).flatMap((byte) => [byte >> 4, byte & 15]) : Array.from(base);
  const fixed = digits.slice(0, labels - 1);
  const first = digits[labels - 1] ?? 0;
  const count = 1 << (labels * step - bits);
  const suffix = v6 ? "ip6.arpa" : "in-addr.arpa";
  return Array.from({ length: count }, (_, i) =>
    [...[...fixed, first + i].reverse().map((digit) => digit.toString(v6 ? 16 : 10)), suffix].join("."),
  );
}
