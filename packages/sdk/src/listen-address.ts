import { type IpAddress, isLoopback, parseIpAddress } from "@portolan/model";
import { SdkError } from "./error.ts";

/** Where a server listens. Port 0 takes a free one. */
export interface ListenAddress {
  readonly address: IpAddress;
  readonly port: number;
}

/** `127.0.0.1:15012`, `[::1]:15012`, `localhost:15012` or `:15012` (loopback). `flag` names the option in the message, `examplePort` stands in its example. */
export function parseListenAddress(text: string, flag: string, examplePort = 15012): ListenAddress {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? "";
  const port = Number(match?.[3]);
  const address = parseIpAddress(host === "" || host === "localhost" ? "127.0.0.1" : host);
  if (match === null || port > 65535 || !address.ok) {
    throw new SdkError(
      "usage",
      `${flag} "${text}" is not an address: use IP:PORT, such as 127.0.0.1:${examplePort}, or [::1]:${examplePort}`,
    );
  }
  return { address: address.value, port };
}

/** `IP:PORT`, `[IP]:PORT`. */
export function formatListenAddress(listen: ListenAddress): string {
  return listen.address.includes(":") ? `[${listen.address}]:${listen.port}` : `${listen.address}:${listen.port}`;
}

/** Whether only this machine can reach it. */
export function isLoopbackListen(listen: ListenAddress): boolean {
  return isLoopback(listen.address);
}
