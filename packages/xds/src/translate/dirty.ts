import type { Hostname, InboundKey, MeshChange, MeshSnapshot, ServiceId } from "@portolan/model";
import { parseOwnedHost, SERVICE_SUFFIX } from "@portolan/model";

/** What has to be looked at again after a change. Looking costs little: what is still made from the same inputs is not made again. */
export interface Dirty {
  readonly services: ReadonlySet<ServiceId> | "all";
  /** Those of them of which more than endpoints changed. */
  readonly defined: ReadonlySet<ServiceId> | "all";
  readonly inbound: ReadonlySet<InboundKey>;
  /** Whether some service's own definition changed, or something that concerns all of them. */
  readonly definitions: boolean;
  readonly gateways: boolean;
}

export const EVERYTHING: Dirty = {
  services: "all",
  defined: "all",
  inbound: new Set(),
  definitions: true,
  gateways: true,
};

export const NOTHING: Dirty = {
  services: new Set(),
  defined: new Set(),
  inbound: new Set(),
  definitions: false,
  gateways: false,
};

export function dirtyOf(mesh: MeshSnapshot, change: MeshChange): Dirty {
  const all =
    change.settings ||
    change.networks ||
    change.sidecars.size > 0 ||
    change.destinationRules.size > 0 ||
    change.gateways.size > 0;
  return {
    services: all ? "all" : named(mesh, [...change.services, ...change.endpoints]),
    defined: all ? "all" : named(mesh, change.services),
    inbound: change.inbound,
    definitions: all || change.services.size > 0,
    gateways: change.gateways.size > 0 || change.settings,
  };
}

/**
 * These services, those that bear the same host in other namespaces (one of them may be seen in the place
 * of another now), and those that stand for it under an owned suffix.
 */
function named(mesh: MeshSnapshot, ids: Iterable<ServiceId>): ReadonlySet<ServiceId> {
  const found = new Set<ServiceId>();
  const suffixes = [SERVICE_SUFFIX, ...mesh.settings.ownedSuffixes];
  for (const id of ids) {
    found.add(id);
    const host = id.slice(id.indexOf("/") + 1) as Hostname;
    const owned = parseOwnedHost(suffixes, host);
    const twins = owned === undefined ? [] : suffixes.map((suffix) => `${owned.name}.${owned.namespace}.${suffix}`);
    for (const name of [host, ...(twins as Hostname[])]) {
      for (const other of mesh.servicesByHost.get(name) ?? []) found.add(other);
    }
  }
  return found;
}
