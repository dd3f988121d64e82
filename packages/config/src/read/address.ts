import {
  type Cidr,
  fail,
  type Hostname,
  type IpAddress,
  parseCidr,
  parseHostname,
  parseIpAddress,
  printable,
  type Result,
} from "@portolan/model";

export function parseIpOrCidr(text: string): Result<IpAddress | Cidr> {
  return text.includes("/") ? parseCidr(text) : parseIpAddress(text);
}

/** An address to dial. A text of digits and dots alone is no host name (RFC 1123, section 2.1), so a mistyped address is not taken for one. */
export function parseIpOrHostname(text: string): Result<IpAddress | Hostname> {
  const ip = parseIpAddress(text);
  if (ip.ok || text.includes(":") || /^[\d.]+$/.test(text)) return ip;
  if (text.startsWith("*"))
    return fail(`"${printable(text)}" is a wildcard: an address must be one IP address or host name`);
  return parseHostname(text);
}

/** A label of RFC 1123 in lower case: names of ports, subsets and networks' parts. */
export function parseLabelName(text: string): Result<string> {
  if (text.length <= 63 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(text)) return { ok: true, value: text };
  return fail(`"${printable(text)}" is not a name: use at most 63 lower-case letters, digits and "-"`);
}
