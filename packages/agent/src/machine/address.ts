import { networkInterfaces } from "node:os";
import { type IpAddress, parseIpAddress } from "@portolan/model";

/** The machine's first address that others can dial, IPv4 before IPv6; 127.0.0.1 where it has none. */
export function machineAddress(interfaces = networkInterfaces()): IpAddress {
  const outside = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !/^fe[89ab]/i.test(address));
  const first = outside.find(({ family }) => family === "IPv4") ?? outside[0];
  const parsed = parseIpAddress(first?.address ?? "");
  return parsed.ok ? parsed.value : ("127.0.0.1" as IpAddress);
}
