import { compileZone, type RecordChanges, updateZone } from "../zone/compile.ts";
import type { DnsRecord } from "../zone/record.ts";
import type { Zone, ZoneOptions } from "../zone/zone.ts";
import { PUBLIC, type Zones, type ZoneWatcher } from "./zone-source.ts";

/** One zone of plain records for everybody. */
export interface RecordZones extends Zones {
  readonly zone: Zone;
  update(changes: RecordChanges): void;
}

export function createRecordZones(records: Iterable<DnsRecord>, options: ZoneOptions): RecordZones {
  const watchers = new Set<ZoneWatcher>();
  let zone = compileZone(records, options);
  let swaps = 1;
  return {
    zoneFor: () => zone,
    numberFor: () => PUBLIC,
    knownNumber: () => PUBLIC,
    get zone() {
      return zone;
    },
    get swaps() {
      return swaps;
    },
    views: 1,
    update(changes) {
      zone = updateZone(zone, changes, zone.serial + 1);
      swaps++;
      for (const watcher of watchers) watcher.swapped(PUBLIC, zone);
    },
    watch(watcher) {
      watchers.add(watcher);
      watcher.swapped(PUBLIC, zone);
      return () => watchers.delete(watcher);
    },
    close() {},
  };
}
