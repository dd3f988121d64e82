import { lookUp, type NamePlace } from "../resolver/lookup.ts";
import { emptyZone } from "../zone/empty-zone.ts";
import { apexOf } from "../zone/match.ts";
import type { Zone, ZoneOptions } from "../zone/zone.ts";

/** What is known before the first snapshot of a mesh: which suffixes will be ours, and the names that no query leaves the machine for. */
export interface EarlyZones {
  /** Both. */
  readonly owned: Zone;
  /** The latter alone. */
  readonly local: Zone;
}

export function createEarlyZones(options: ZoneOptions): EarlyZones {
  return { owned: emptyZone(options), local: emptyZone({ ...options, suffixes: [], pools: [] }) };
}

/** Whether the mesh alone can say what a name is. `svc.cluster.local` is the mesh's, `local` is the machine's. */
export function isPromised({ owned, local }: EarlyZones, name: NamePlace, type: number): boolean {
  const apexIn = ({ table }: Zone) => apexOf(table, name.bytes, name.start, name.end);
  return lookUp(owned, name, type).kind !== "outside" && apexIn(owned) !== apexIn(local);
}
