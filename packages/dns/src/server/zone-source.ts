import type { Labels, Namespace, ProxyMode } from "@portolan/model";
import type { Zone } from "../zone/zone.ts";

/** What decides which names a client sees, and which addresses it gets. */
export interface DnsView {
  readonly namespace: Namespace;
  readonly labels: Labels;
  readonly mode: ProxyMode;
}

/** Where the server gets the zone that answers a client. */
export interface ZoneSource {
  zoneFor(address: string): Zone | undefined | PendingZone;
  /** Of the public view. */
  readonly zone: Zone | undefined;
  /** Zones that were put in the place of another. */
  readonly swaps: number;
  readonly views: number;
  close(): void;
}

/** A zone that is being compiled. */
export interface PendingZone {
  whenReady(listener: () => void): boolean;
}
