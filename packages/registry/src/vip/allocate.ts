import { type Hostname, lastVipIndex, type MeshSnapshot, placeVips, reservedIndexes } from "@portolan/model";
import type { Tombstone } from "./tombstone.ts";

/** What the snapshot's own map of indexes does not say. */
export interface VipState {
  readonly tombstones: ReadonlyMap<Hostname, BuriedVip>;
  /** Host names for which the pools had no index left. */
  readonly waiting: ReadonlySet<Hostname>;
}

export interface BuriedVip extends Tombstone {
  /** Since when, by this process's clock: after a restart the time begins anew, which errs to the safe side. */
  readonly sinceMs: number;
}

export interface VipDemand {
  /** Host names that have no index. */
  readonly wanting: readonly Hostname[];
  /** Host names that have an index and nobody needs it any more. */
  readonly leaving: readonly Hostname[];
}

export interface AllocationTerms {
  readonly revision: number;
  /** Monotonic. */
  readonly nowMs: number;
  /** As long as resolvers may remember an address. */
  readonly dnsTtlMs: number;
  /** Whether every connected proxy has acknowledged that revision or a later one. */
  readonly acknowledged: (revision: number) => boolean;
}

export interface VipAllocation {
  readonly state: VipState;
  /** Indexes given (number) and taken away (undefined). */
  readonly vips: ReadonlyMap<Hostname, number | undefined>;
  readonly tombstones: ReadonlyMap<Hostname, Tombstone | undefined>;
}

/**
 * Indexes for host names that came, tombstones for those that went. One that comes back gets its own index again, as long as
 * nobody else got it; another gets it only after the DNS TTL and when every proxy has forgotten it. Addresses that objects give themselves are never allocated.
 */
export function allocateVips(
  before: VipState,
  snapshot: MeshSnapshot,
  demand: VipDemand,
  terms: AllocationTerms,
): VipAllocation {
  const vips = new Map<Hostname, number | undefined>();
  const changedTombstones = new Map<Hostname, Tombstone | undefined>();
  const tombstones = new Map(before.tombstones);
  for (const hostname of demand.leaving) {
    const index = snapshot.vips.get(hostname);
    if (index === undefined) continue;
    const tombstone = { hostname, index, revision: terms.revision };
    vips.set(hostname, undefined);
    tombstones.set(hostname, { ...tombstone, sinceMs: terms.nowMs });
    changedTombstones.set(hostname, tombstone);
  }
  const wanting = demand.wanting.filter((host) => snapshot.servicesByHost.has(host));
  if (wanting.length === 0) {
    return { state: { tombstones, waiting: new Set() }, vips, tombstones: changedTombstones };
  }
  const reserved = reservedIndexes(snapshot);
  const last = lastVipIndex(snapshot.settings);
  const dig = (hostname: Hostname) => {
    tombstones.delete(hostname);
    changedTombstones.set(hostname, undefined);
  };
  const homeless: Hostname[] = [];
  for (const hostname of wanting) {
    const own = tombstones.get(hostname)?.index;
    if (own !== undefined) dig(hostname);
    if (own === undefined || own > last || reserved.has(own)) homeless.push(hostname);
    else vips.set(hostname, own);
  }
  const { placed, exhausted } = placeVips(homeless, takenIndexes(), snapshot.settings);
  const given = new Set(placed.values());
  for (const { hostname, index } of [...tombstones.values()]) if (given.has(index)) dig(hostname);
  for (const [hostname, index] of placed) vips.set(hostname, index);
  return { state: { tombstones, waiting: new Set(exhausted) }, vips, tombstones: changedTombstones };

  function takenIndexes(): ReadonlySet<number> {
    const taken = new Set(reserved);
    for (const [hostname, index] of snapshot.vips) if (!vips.has(hostname)) taken.add(index);
    for (const index of vips.values()) if (index !== undefined) taken.add(index);
    for (const buried of tombstones.values()) if (!isForgotten(buried, terms)) taken.add(buried.index);
    return taken;
  }
}

function isForgotten(buried: BuriedVip, { nowMs, dnsTtlMs, acknowledged }: AllocationTerms): boolean {
  return nowMs - buried.sinceMs >= dnsTtlMs && acknowledged(buried.revision);
}
