import { givenAddresses } from "../compile/given-addresses.ts";
import { indexKey } from "../compile/index-keys.ts";
import { findObjects } from "../compile/lookup.ts";
import type { Hostname } from "../names.ts";
import type { MeshChange, MeshSnapshot } from "../snapshot/mesh-snapshot.ts";
import { sortedUnique } from "../sorted.ts";
import { indexInPool } from "./pool.ts";

/** Hosts that have a service and no index, sorted; without a change, of the whole mesh. */
export function hostsWithoutVip(snapshot: MeshSnapshot, change?: Pick<MeshChange, "services">): readonly Hostname[] {
  const hosts = change === undefined ? snapshot.servicesByHost.keys() : hostsOf(change);
  return sortedUnique([...hosts].filter((host) => snapshot.servicesByHost.has(host) && !snapshot.vips.has(host)));
}

/** Hosts that have an index and no service any more, sorted; without a change, of the whole mesh. */
export function hostsWithoutService(
  snapshot: MeshSnapshot,
  change?: Pick<MeshChange, "services">,
): readonly Hostname[] {
  const hosts = change === undefined ? snapshot.vips.keys() : hostsOf(change);
  return sortedUnique([...hosts].filter((host) => snapshot.vips.has(host) && !snapshot.servicesByHost.has(host)));
}

/** Indexes at which an object gives its address itself, in either pool: they are never allocated. */
export function reservedIndexes(snapshot: Pick<MeshSnapshot, "index" | "objects" | "settings">): ReadonlySet<number> {
  const { bindPool, capturePool } = snapshot.settings;
  const reserved = new Set<number>();
  for (const object of findObjects(snapshot, indexKey.pool(), "Service", "ServiceEntry")) {
    for (const address of givenAddresses(object)) {
      const index = indexInPool(bindPool, address) ?? indexInPool(capturePool, address);
      if (index !== undefined) reserved.add(index);
    }
  }
  return reserved;
}

function hostsOf(change: Pick<MeshChange, "services">): readonly Hostname[] {
  return Array.from(change.services, (id) => id.slice(id.indexOf("/") + 1) as Hostname);
}
