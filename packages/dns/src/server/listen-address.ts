import type { IpAddress } from "@portolan/model";

export interface ListenAddress {
  readonly address: IpAddress;
  /** 0: any free one, the same for UDP and TCP. */
  readonly port: number;
}

/**
 * Whether a reply to a sender leads anywhere good: none can reach port 0, and one to ourselves would come back (CVE-2024-2169). Where we
 * listen on every address, each of loopback is ours.
 */
export function canBeAnswered(from: { readonly address: string; readonly port: number }, own: ListenAddress): boolean {
  if (from.port === 0) return false;
  if (from.port !== own.port) return true;
  const anywhere = own.address === "0.0.0.0" || own.address === "::";
  return from.address !== own.address && !(anywhere && (from.address.startsWith("127.") || from.address === "::1"));
}
