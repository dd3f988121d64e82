import type { IpAddress } from "../address.ts";
import type { ObjectKey } from "../object/key.ts";
import type { MeshObject } from "../object/object.ts";
import { conflictsByKey } from "../problem/find-conflicts.ts";
import { validateObject } from "../problem/validate-object.ts";
import type { Problem } from "../problem.ts";
import { compareText } from "../sorted.ts";
import type { MapDraft } from "./draft.ts";
import { givenAddresses } from "./given-addresses.ts";
import { indexKey } from "./index-keys.ts";
import { hasErrors, isAdmitted, type MeshLookup } from "./lookup.ts";

/**
 * Decides which of the candidates stay out, and gives those of which the decision changed. An object's fate depends only on
 * objects with smaller keys, so one pass in the order of keys is enough; where a fate changes, those who want the same
 * addresses are decided again.
 */
export function admit(
  before: MeshLookup,
  mesh: MeshLookup,
  problems: MapDraft<ObjectKey, readonly Problem[]>,
  candidates: ReadonlySet<ObjectKey>,
): ReadonlySet<ObjectKey> {
  const flipped = new Set<ObjectKey>();
  const queue = [...candidates].sort(compareText);
  const queued = new Set(queue);
  for (let at = 0; at < queue.length; at++) {
    const key = queue[at]!;
    const object = mesh.objects.get(key);
    const errors = object === undefined ? [] : errorsOf(mesh, object);
    // What else there is to say of an object is said once everything is compiled.
    problems.set(key, errors.length === 0 ? undefined : errors);
    if (isAdmitted(mesh, key) !== isAdmitted(before, key)) flipped.add(key);
    for (const other of rivals(before, mesh, key)) {
      if (other <= key || queued.has(other)) continue;
      queued.add(other);
      insertSorted(queue, other, at + 1);
    }
  }
  return flipped;
}

function errorsOf(mesh: MeshLookup, object: MeshObject): readonly Problem[] {
  const own = validateObject(mesh, object);
  if (hasErrors(own)) return own;
  return object.kind === "Service" || object.kind === "ServiceEntry" ? conflictsByKey(mesh, object) : [];
}

/** Who gives an address that this object gives, or gave. */
function rivals(before: MeshLookup, mesh: MeshLookup, key: ObjectKey): readonly ObjectKey[] {
  const was = addressesGiven(before.objects.get(key));
  const is = addressesGiven(mesh.objects.get(key));
  if (was.length + is.length === 0) return NOBODY;
  return [...was, ...is].flatMap((address) => mesh.index.get(indexKey.address(address)) ?? NOBODY);
}

function addressesGiven(object: MeshObject | undefined): readonly IpAddress[] {
  return object?.kind === "Service" || object?.kind === "ServiceEntry" ? givenAddresses(object) : NO_ADDRESSES;
}

const NOBODY: readonly ObjectKey[] = [];
const NO_ADDRESSES: readonly IpAddress[] = [];

function insertSorted(queue: ObjectKey[], key: ObjectKey, from: number): void {
  let low = from;
  let high = queue.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (queue[middle]! < key) low = middle + 1;
    else high = middle;
  }
  queue.splice(low, 0, key);
}

/** Kinds that may have errors. */
export function isCandidate(object: MeshObject | undefined): boolean {
  return object?.kind === "Service" || object?.kind === "ServiceEntry" || object?.kind === "WorkloadEntry";
}
