import type { Namespace, ServiceId } from "../names.ts";
import { serviceId } from "../names.ts";
import type { ObjectKey } from "../object/key.ts";
import { selects } from "../object/labels.ts";
import type { MeshObject } from "../object/object.ts";
import { keyOf } from "../object/object.ts";
import { serviceHostname } from "../owned-host.ts";
import { addressInPool, lastVipIndex } from "../vip/pool.ts";
import { isCandidate } from "./admit.ts";
import { indexKey, labelsOf } from "./index-keys.ts";
import { findObjects } from "./lookup.ts";
import type { MeshDraft } from "./mesh-draft.ts";
import { serviceIdsOf } from "./service.ts";
import type { WorkloadObject } from "./workload.ts";

/** Whether something changed on which everything may depend: settings, networks. Both move slowly. */
export function isEverythingAffected(draft: MeshDraft): boolean {
  return draft.settings !== draft.before.settings || draft.networks !== draft.before.networks;
}

/** Objects that may have to come in or stay out: those that changed, and those that give an address that was (de)allocated. */
export function affectedCandidates(draft: MeshDraft): ReadonlySet<ObjectKey> {
  const keys = new Set<ObjectKey>();
  if (isEverythingAffected(draft)) {
    for (const object of draft.objects.values()) if (isCandidate(object)) keys.add(keyOf(object));
  }
  for (const { key, before, after } of draft.changes) if (isCandidate(before) || isCandidate(after)) keys.add(key);
  const last = givesPooled(draft) ? lastVipIndex(draft.settings) : 0;
  for (const index of last === 0 ? [] : draft.vipHosts.touched()) {
    if (Number(index) > last) continue;
    for (const pool of [draft.settings.bindPool, draft.settings.capturePool]) {
      const address = addressInPool(pool, Number(index));
      for (const key of draft.index.get(indexKey.address(address)) ?? []) keys.add(key);
    }
  }
  return keys;
}

/** Whether an object may give an address of a pool: nearly always none does, and there may be thousands of indexes to look at. */
function givesPooled({ settings, before, index }: MeshDraft): boolean {
  const { bindPool, capturePool } = before.defaults;
  const isDefault = settings.bindPool === bindPool && settings.capturePool === capturePool;
  return !isDefault || index.get(indexKey.pool()) !== undefined;
}

/** Pods and WorkloadEntries to be compiled again. `flipped`: objects that came in or went out. */
export function affectedWorkloads(draft: MeshDraft, flipped: ReadonlySet<ObjectKey>): ReadonlySet<ObjectKey> {
  const keys = new Set<ObjectKey>();
  if (isEverythingAffected(draft)) {
    for (const object of draft.objects.values()) if (isWorkload(object)) keys.add(keyOf(object));
  }
  for (const { key, before, after } of touched(draft, flipped)) {
    if (isWorkload(before) || isWorkload(after)) keys.add(key);
    for (const object of [before, after]) {
      if (object?.kind !== "Namespace") continue;
      for (const one of draft.index.get(indexKey.namespace(object.meta.name)) ?? []) {
        if (isWorkload(draft.objects.get(one))) keys.add(one);
      }
    }
  }
  return keys;
}

/** Services whose definition or endpoints are to be compiled again. */
export function affectedServices(draft: MeshDraft, flipped: ReadonlySet<ObjectKey>): ReadonlySet<ServiceId> {
  const ids = new Set<ServiceId>();
  if (isEverythingAffected(draft)) for (const id of draft.before.services.keys()) ids.add(id);
  const objects = isEverythingAffected(draft) ? draft.objects.values() : [];
  for (const object of objects) addAffected(draft, object, ids);
  for (const { before, after } of touched(draft, flipped)) {
    if (before !== undefined) addAffected(draft, before, ids);
    if (after !== undefined && after !== before) addAffected(draft, after, ids);
  }
  return ids;
}

function addAffected(draft: MeshDraft, object: MeshObject, ids: Set<ServiceId>): void {
  const { namespace, name } = object.meta;
  const add = (one: MeshObject) => {
    if (one.kind === "Service" || one.kind === "ServiceEntry") for (const id of serviceIdsOf(one)) ids.add(id);
  };
  const addService = (service: string) =>
    ids.add(serviceId(namespace as Namespace, serviceHostname(service, namespace)));
  switch (object.kind) {
    case "Service":
    case "ServiceEntry":
      add(object);
      return;
    case "Endpoints":
    case "EndpointSlice":
      addService(object.service);
      return;
    case "Pod":
    case "WorkloadEntry": {
      const labels = labelsOf(object);
      for (const pair of [...labels, undefined]) {
        const selecting = findObjects(draft, indexKey.selector(namespace, pair), "Service", "ServiceEntry");
        for (const one of selecting) if (selects(selectorOf(one), labels)) add(one);
      }
      const address = object.kind === "Pod" ? object.address : object.spec.address;
      const naming = [
        ...(object.kind === "Pod" ? [indexKey.refersToPod(namespace, name)] : []),
        ...(address === undefined ? [] : [indexKey.refersToAddress(namespace, address)]),
      ];
      for (const key of naming) {
        for (const one of findObjects(draft, key, "Endpoints", "EndpointSlice")) addService(one.service);
      }
      return;
    }
    case "Namespace":
      for (const one of findObjects(draft, indexKey.namespace(name), "Service", "ServiceEntry")) add(one);
      return;
    default:
      return;
  }
}

function selectorOf(object: Extract<MeshObject, { kind: "Service" | "ServiceEntry" }>) {
  return (object.kind === "Service" ? object.selector : object.workloadSelector) ?? new Map();
}

function isWorkload(object: MeshObject | undefined): object is WorkloadObject {
  return object?.kind === "Pod" || object?.kind === "WorkloadEntry";
}

/** What changed, and what came in or went out without a change of its own. */
function* touched(draft: MeshDraft, flipped: ReadonlySet<ObjectKey>) {
  yield* draft.changes;
  for (const key of flipped) {
    yield { key, before: draft.before.objects.get(key), after: draft.objects.get(key) };
  }
}
