import type { Hostname } from "@portolan/model";

/** A host name that went away: its index stays its own until it may be given to another. */
export interface Tombstone {
  readonly hostname: Hostname;
  readonly index: number;
  /** The revision that removed it: proxies that acknowledged this one have forgotten the address. */
  readonly revision: number;
}
