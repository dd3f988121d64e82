import { compileZone, type RecordChanges, updateZone } from "../zone/compile.ts";
import type { DnsRecord } from "../zone/record.ts";
import type { ZoneOptions } from "../zone/zone.ts";
import type { ZoneSource } from "./zone-source.ts";

/** One zone of plain records for everybody. */
export interface RecordZones extends ZoneSource {
  update(changes: RecordChanges): void;
}

export function createRecordZones(records: Iterable<DnsRecord>, options: ZoneOptions): RecordZones {
  let zone = compileZone(records, options);
  let swaps = 1;
  return {
    zoneFor: () => zone,
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
    },
    close() {},
  };
}
