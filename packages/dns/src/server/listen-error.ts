import { DnsError, type DnsErrorCode } from "../error.ts";
import type { ListenAddress } from "./listen-address.ts";

const codes: Readonly<Record<string, DnsErrorCode>> = {
  EADDRINUSE: "address-in-use",
  EADDRNOTAVAIL: "address-not-available",
  EACCES: "address-not-permitted",
};

export function listenError(transport: "UDP" | "TCP", { address, port }: ListenAddress, error: unknown): DnsError {
  const system = error instanceof Error && "code" in error ? String(error.code) : "";
  const code = codes[system] ?? "listen-failed";
  const place = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
  const reason = error instanceof Error ? error.message : String(error);
  return new DnsError(code, `DNS cannot listen on ${transport} ${place}: ${reason}`, {
    cause: error,
    listen: { address, port },
  });
}
