import { bytesOf, type IpAddress } from "@portolan/model";

/** The name whose PTR record says what an address is called (RFC 1035 section 3.5, RFC 3596 section 2.5). */
export function reverseName(address: IpAddress): string {
  const bytes = Array.from(bytesOf(address)).reverse();
  if (bytes.length === 4) return `${bytes.join(".")}.in-addr.arpa`;
  return `${bytes.flatMap((byte) => [byte & 15, byte >> 4].map((nibble) => nibble.toString(16))).join(".")}.ip6.arpa`;
}
