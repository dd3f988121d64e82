import {
  applyBatch,
  findConflicts,
  type Hostname,
  hostsWithoutService,
  hostsWithoutVip,
  lastVipIndex,
  type MeshChange,
  type MeshObject,
  type MeshSnapshot,
  mergeChanges,
  type Problem,
  validateObject,
} from "@portolan/model";
import { type Merged, mergeSettles, type SourceSettle } from "../merge/merge.ts";
import { type AllocationTerms, allocateVips } from "../vip/allocate.ts";
import { applyObjects } from "./apply-objects.ts";
import { followClaims, followFailures } from "./follow.ts";
import { manifestChanges } from "./manifests.ts";
import type { StoredRows } from "./restate.ts";
import type { RegistryState } from "./state.ts";

export interface AdvanceTerms extends Omit<AllocationTerms, "revision"> {
  /** Names of the sources whose manifests are kept. */
  readonly durable: ReadonlySet<string>;
  /** The first revision of a process: published even where nothing is said. */
  readonly first: boolean;
}

export interface Advance {
  readonly state: RegistryState;
  /** By position in the batch: settles that were refused, and why. */
  readonly refused: Merged["refused"];
  /** Undefined: there is nothing new to publish. */
  readonly revision: NewRevision | undefined;
}

/** To be made durable, and then to be published. */
export interface NewRevision extends StoredRows {
  readonly change: MeshChange;
}

/** One batch of settles applied: one revision, or none where only problems and places changed. */
export function advance(before: RegistryState, batch: readonly SourceSettle[], terms: AdvanceTerms): Advance {
  const merged = mergeSettles(before.claims, batch, (object) => objectionsTo(before.snapshot, object));
  const { claims, contested } = followClaims(before, merged);
  const failures = followFailures(before.failures, merged);
  const written = batch.some(({ exclusive }, at) => exclusive && !merged.refused.has(at));
  const quiet = merged.upserted.length === 0 && merged.removed.length === 0 && !written && !terms.first;
  const still: Advance = {
    state: { ...before, claims, contested, failures },
    refused: merged.refused,
    revision: undefined,
  };
  if (quiet && before.vips.waiting.size === 0) return still;

  const revision = before.snapshot.revision + 1;
  const upserted = [...merged.upserted, ...heldObjects(before, merged)];
  const objects = applyObjects(before.snapshot, revision, upserted, merged.removed);
  const allocation = allocateVips(before.vips, objects.snapshot, demandOf(before, objects, terms.first), {
    ...terms,
    revision,
  });
  if (quiet && allocation.vips.size === 0) return still;
  const placed = applyBatch(objects.snapshot, { revision, upserted: [], removed: [], vips: allocation.vips });
  const change = { ...mergeChanges(objects.change, placed.change), from: before.snapshot.revision, to: revision };
  const { held } = objects;
  return {
    state: { snapshot: placed.snapshot, claims, contested, held, failures, vips: allocation.state },
    refused: merged.refused,
    revision: {
      change,
      manifests: manifestChanges(before.claims, merged.claims, terms.durable),
      vips: allocation.vips,
      tombstones: allocation.tombstones,
    },
  };
}

/** A write is refused for what a file would be reported for. */
function objectionsTo(snapshot: MeshSnapshot, object: MeshObject): readonly Problem[] {
  const found = [...validateObject(snapshot, object), ...findConflicts(snapshot, object)];
  return found.filter(({ severity }) => severity === "error");
}

/** Versions that were not good enough before: the rest of the mesh has changed, so they are tried again. */
function heldObjects(before: RegistryState, merged: Merged): readonly MeshObject[] {
  return [...before.held.keys()].flatMap((key) =>
    merged.claims.has(key) ? [] : (before.claims.get(key)?.[0]?.object ?? []),
  );
}

function demandOf(
  before: RegistryState,
  { snapshot, change }: { snapshot: MeshSnapshot; change: MeshChange },
  first: boolean,
) {
  const looked = first ? undefined : change;
  const outside = first || change.settings ? hostsOutsidePools(snapshot) : [];
  const wanting = new Set([...hostsWithoutVip(snapshot, looked), ...before.vips.waiting, ...outside]);
  return { wanting: [...wanting], leaving: [...hostsWithoutService(snapshot, looked), ...outside] };
}

/** Where the pools became smaller. */
function hostsOutsidePools(snapshot: MeshSnapshot): readonly Hostname[] {
  const last = lastVipIndex(snapshot.settings);
  return Array.from(snapshot.vips, ([hostname, index]) => (index > last ? [hostname] : [])).flat();
}
