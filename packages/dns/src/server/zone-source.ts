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
  /** Undefined before there is anything to answer from. */
  zoneFor(address: string): Zone | undefined | PendingZone;
}

/** A zone that is being compiled. */
export interface PendingZone {
  whenReady(listener: () => void): boolean;
}

/** The zones of one server, as they are compiled from its feed or its records. */
export interface Zones extends ZoneSource {
  /** Of the public view. */
  readonly zone: Zone | undefined;
  /** Zones that were put in the place of another. */
  readonly swaps: number;
  readonly views: number;
  /** The number of the zone that answers a client; undefined before the first snapshot. */
  numberFor(address: string): number | undefined;
  /** The same, where that zone is there already: none is made for it. */
  knownNumber(address: string): number | undefined;
  /** Tells of the zones that there are, and then of each that changes or goes. Gives the function that ends it. */
  watch(watcher: ZoneWatcher): () => void;
  close(): void;
}

export interface ZoneWatcher {
  swapped(number: number, zone: Zone): void;
  gone(number: number): void;
  /** The mesh is another one: an address may be another client now. */
  published(): void;
}

/** The public view's zone. */
export const PUBLIC = 0;
