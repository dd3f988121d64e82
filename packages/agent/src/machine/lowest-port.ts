import { readFileSync } from "node:fs";
import { type PortNumber, parsePortNumber } from "@portolan/model";

const CAP_NET_BIND_SERVICE = 10n;
/** Linux's own default of `net.ipv4.ip_unprivileged_port_start`. */
const UNPRIVILEGED = 1024 as PortNumber;
const ANY = 1 as PortNumber;

export interface PortProbe {
  /** `/proc/sys/net/ipv4/ip_unprivileged_port_start`; undefined where it cannot be read. */
  readonly unprivilegedStart: string | undefined;
  /** `/proc/self/status`. */
  readonly status: string | undefined;
}

/** The lowest port that a process may bind, from what Linux says of it. */
export function lowestPort({ unprivilegedStart, status }: PortProbe): PortNumber {
  const effective = /^CapEff:\s*([0-9a-f]+)$/im.exec(status ?? "")?.[1] ?? "0";
  if (((BigInt(`0x${effective}`) >> CAP_NET_BIND_SERVICE) & 1n) === 1n) return ANY;
  if (unprivilegedStart === undefined) return UNPRIVILEGED;
  const start = Number(unprivilegedStart.trim());
  if (start === 0) return ANY;
  const port = parsePortNumber(start);
  // 65536 is allowed there: then no port may be bound, and the highest is the nearest that can be said.
  return port.ok ? port.value : (65535 as PortNumber);
}

/** For this process, and for an Envoy that it starts with its own rights. */
export function probeLowestPort(): PortNumber {
  return lowestPort({
    unprivilegedStart: readIfThere("/proc/sys/net/ipv4/ip_unprivileged_port_start"),
    status: readIfThere("/proc/self/status"),
  });
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
