import type { Cidr } from "@portolan/model";
import { formatListenAddress, type ListenAddress } from "../listen-address.ts";

/** What another resolver has to know, so that it asks us for the names of the mesh. */
export interface Chained {
  /** Where our DNS server listens. */
  readonly server: ListenAddress;
  /** Suffixes whose names are ours, without a dot before. */
  readonly suffixes: readonly string[];
  /** Blocks whose addresses have names of ours. */
  readonly pools: readonly Cidr[];
}

export const DEFAULT_SERVER = "127.0.0.1:15053";
export const DEFAULT_SUFFIXES: readonly string[] = ["global", "svc.cluster.local"];

/** `127.0.0.1#15053`, as dnsmasq writes it. */
export function dnsmasqAddress({ address, port }: ListenAddress): string {
  return `${address}#${port}`;
}

export const plainAddress = formatListenAddress;
