import type { IpAddress } from "../address.ts";
import { givenAddresses } from "../compile/given-addresses.ts";
import { indexKey } from "../compile/index-keys.ts";
import { findObjects, isAdmitted, type MeshLookup } from "../compile/lookup.ts";
import { type Definer, hostsOf, serviceIdsOf } from "../compile/service.ts";
import { printable } from "../names.ts";
import { keyOf, type MeshObject } from "../object/object.ts";
import { formatOrigin } from "../origin.ts";
import type { Problem } from "../problem.ts";
import { indexInPool } from "../vip/pool.ts";
import { addressPath } from "./check-addresses.ts";
import { originAt, problemAt } from "./problem-at.ts";

/**
 * The conflicts that an object would have with those already in the mesh, whatever the order of their keys: what an API
 * asks before it accepts a write, so that the second of two owners of an address is refused.
 */
export function findConflicts(mesh: MeshLookup, object: MeshObject): readonly Problem[] {
  return object.kind === "Service" || object.kind === "ServiceEntry" ? conflictsWith(mesh, object, () => true) : [];
}

/** Among objects that are in the mesh together the first by key keeps an address: the same for any order of arrival. */
export function conflictsByKey(mesh: MeshLookup, object: Definer): readonly Problem[] {
  const key = keyOf(object);
  return conflictsWith(mesh, object, (other) => keyOf(other) < key);
}

function conflictsWith(mesh: MeshLookup, object: Definer, counts: (other: Definer) => boolean): readonly Problem[] {
  const key = keyOf(object);
  const ids = new Set(serviceIdsOf(object));
  return givenAddresses(object).flatMap((address, at) => {
    const path = addressPath(object, at);
    const owner = findObjects(mesh, indexKey.address(address), "Service", "ServiceEntry").find(
      (other) =>
        keyOf(other) !== key &&
        counts(other) &&
        isAdmitted(mesh, keyOf(other)) &&
        !serviceIdsOf(other).some((id) => ids.has(id)),
    );
    if (owner !== undefined) {
      const message = `address ${address} of ${printable(key, 300)} already belongs to ${describe(owner, address)}: give another, or leave it out to have one allocated`;
      return [problemAt(object, path, "PTL1101", "error", message)];
    }
    const host = allocatedTo(mesh, address).find((one) => !hostsOf(object).includes(one));
    if (host === undefined) return [];
    const message = `address ${address} of ${printable(key, 300)} was allocated to ${host}: give another, or leave it out to have one allocated`;
    return [problemAt(object, path, "PTL1112", "error", message)];
  });
}

function describe(owner: Definer, address: IpAddress): string {
  const at = givenAddresses(owner).indexOf(address);
  const place = formatOrigin(originAt(owner, addressPath(owner, at)));
  return `${printable(keyOf(owner), 300)} (${printable(place, 300)})`;
}

function allocatedTo(mesh: MeshLookup, address: IpAddress) {
  const { bindPool, capturePool } = mesh.settings;
  const index = indexInPool(bindPool, address) ?? indexInPool(capturePool, address);
  return index === undefined ? [] : (mesh.vipHosts.get(`${index}`) ?? []);
}
