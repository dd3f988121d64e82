import { fail, type IpAddress, ok, parseIpAddress, printable, type Result } from "@portolan/model";

/** A DNS server that names which are not ours are asked of. */
export interface Upstream {
  readonly address: IpAddress;
  readonly port: number;
}

/** `10.0.0.2`, `10.0.0.2:5353`, `2001:db8::1` or `[2001:db8::1]:5353`; port 53 unless said. */
export function parseUpstream(text: string): Result<Upstream> {
  const bracketed = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text);
  const v4 = /^([^:]*):(\d{1,5})$/.exec(text);
  const [, host = text, portText = "53"] = bracketed ?? v4 ?? [];
  const address = parseIpAddress(host);
  const port = Number(portText);
  if (!address.ok || port < 1 || port > 65535) {
    return fail(`"${printable(text)}" is not a DNS server: use ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT`);
  }
  return ok({ address: address.value, port });
}

export function formatUpstream({ address, port }: Upstream): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
