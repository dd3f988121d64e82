import { applyBatch, createImmutableMap, type MeshSnapshot, type ObjectKey, type Problem } from "@portolan/model";
import type { Claims } from "../merge/merge.ts";
import type { StoredState } from "../store/store.ts";
import type { VipState } from "../vip/allocate.ts";

/** Everything that a registry knows. */
export interface RegistryState {
  readonly snapshot: MeshSnapshot;
  readonly claims: Claims;
  /** Objects that more than one source says. */
  readonly contested: ReadonlySet<ObjectKey>;
  /** Objects of which the mesh has an older version than their source, and why. */
  readonly held: ReadonlyMap<ObjectKey, readonly Problem[]>;
  /** What sources say is wrong, by source and place. */
  readonly failures: ReadonlyMap<string, readonly Problem[]>;
  readonly vips: VipState;
}

/** What a registry knows when its process begins; `empty` is a mesh without objects, `nowMs` is monotonic. */
export function restoredState(stored: StoredState, empty: MeshSnapshot, nowMs: number): RegistryState {
  const { revision, vips, tombstones } = stored;
  const { snapshot } = applyBatch(empty, { revision, upserted: [], removed: [], vips });
  return {
    snapshot,
    claims: createImmutableMap(),
    contested: new Set(),
    held: new Map(),
    failures: new Map(),
    vips: {
      tombstones: new Map(tombstones.map((tombstone) => [tombstone.hostname, { ...tombstone, sinceMs: nowMs }])),
      waiting: new Set(),
    },
  };
}
