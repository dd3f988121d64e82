import type { ServiceId, WorkloadId } from "../names.ts";
import type { ObjectKey } from "../object/key.ts";
import { reportOn } from "../problem/report.ts";
import { servedHosts } from "../routing/served-hosts.ts";
import type { IndexKey } from "../snapshot/mesh-snapshot.ts";
import { sameValue } from "../snapshot/same-value.ts";
import { SERVICE_SUFFIX } from "../well-known.ts";
import { admit } from "./admit.ts";
import { affectedCandidates, affectedServices, affectedWorkloads, isEverythingAffected } from "./affected.ts";
import { compileEndpoints, twinOf } from "./compile-endpoints.ts";
import { editInbound, type InboundEdits, inboundOf, noteInbound } from "./inbound.ts";
import { indexKey } from "./index-keys.ts";
import { findObjects, hasErrors, isAdmitted } from "./lookup.ts";
import { editList, type MeshDraft } from "./mesh-draft.ts";
import { compileService, type Definer, definersOf, serviceIdsOf } from "./service.ts";
import { compileWorkload, workloadId } from "./workload.ts";

/** Compiles what the draft's changes touch, each step from what the steps before it gave. */
export function compileDraft(draft: MeshDraft): void {
  const flipped = admit(draft.before, draft, draft.problems, affectedCandidates(draft));
  compileWorkloads(draft, affectedWorkloads(draft, flipped));
  const services = affectedServices(draft, flipped);
  const definers = compileServices(draft, services);
  const served = compileServed(draft, definers);
  report(draft, affectedReports(draft, flipped, served));
}

function compileWorkloads(draft: MeshDraft, keys: ReadonlySet<ObjectKey>): void {
  for (const key of keys) {
    const object = draft.objects.get(key);
    const isOne = object?.kind === "Pod" || object?.kind === "WorkloadEntry";
    const workload = isOne && isAdmitted(draft, key) ? compileWorkload(draft, object) : undefined;
    const id = isOne ? workloadId(object) : (`${key}` as WorkloadId);
    const before = draft.workloads.get(id);
    draft.workloads.set(id, workload);
    if (before?.address === workload?.address) continue;
    if (before !== undefined) {
      editList(draft.workloadsByAddress, before.address, (ids) => ids.filter((one) => one !== id));
    }
    if (workload !== undefined) editList(draft.workloadsByAddress, workload.address, (ids) => [...ids, id]);
  }
}

/** Who speaks of each service. */
type Definers = ReadonlyMap<ServiceId, readonly Definer[]>;

function compileServices(draft: MeshDraft, ids: ReadonlySet<ServiceId>): Definers {
  const found = new Map<ServiceId, readonly Definer[]>();
  for (const id of ids) {
    const hostname = hostOf(id);
    const definers = definersOf(draft, id);
    found.set(id, definers);
    const [owner] = definers;
    const before = draft.services.get(id);
    draft.services.set(id, owner === undefined ? undefined : compileService(owner, hostname));
    if ((before === undefined) === (owner === undefined)) continue;
    editList(draft.servicesByHost, hostname, (list) =>
      owner === undefined ? list.filter((one) => one !== id) : [...list, id],
    );
  }
  return found;
}

/** Endpoints and what they serve; gives every service that was looked at. Hosts of an owned suffix come last: they borrow identities. */
function compileServed(draft: MeshDraft, definers: Definers): ReadonlySet<ServiceId> {
  const looked = new Set(definers.keys());
  const twins = new Set<ServiceId>();
  const inbound: InboundEdits = new Map();
  for (const [id, objects] of definers) {
    if (isTwin(draft, id)) twins.add(id);
    else serve(draft, id, objects, inbound);
  }
  for (const id of definers.keys()) {
    if (draft.endpoints.get(id)?.identities === draft.before.endpoints.get(id)?.identities) continue;
    for (const twin of twinsOf(draft, id)) twins.add(twin);
  }
  for (const id of twins) {
    looked.add(id);
    serve(draft, id, definers.get(id) ?? definersOf(draft, id), inbound);
  }
  editInbound(draft.inbound, inbound);
  return looked;
}

function serve(draft: MeshDraft, id: ServiceId, definers: readonly Definer[], inbound: InboundEdits): void {
  const service = draft.services.get(id);
  const before = draft.before.endpoints.get(id);
  const was = inboundOf(draft.before.services.get(id), before);
  draft.endpoints.set(id, service === undefined ? undefined : compileEndpoints(draft, service, definers, before));
  noteInbound(inbound, id, was, inboundOf(service, draft.endpoints.get(id)));
}

function isTwin(draft: MeshDraft, id: ServiceId): boolean {
  return twinOf(draft, { hostname: hostOf(id) }) !== undefined;
}

/** The services of owned suffixes that stand for this one. */
function twinsOf(draft: MeshDraft, id: ServiceId): readonly ServiceId[] {
  const key = twinKeyOf(id);
  if (key === undefined) return [];
  return findObjects(draft, key, "ServiceEntry")
    .flatMap((object) => serviceIdsOf(object))
    .filter((twin) => twinOf(draft, { hostname: hostOf(twin) }) === id);
}

/** Where the objects are found whose hosts may stand for this service; nothing stands for what is no Kubernetes Service. */
function twinKeyOf(id: ServiceId): IndexKey | undefined {
  if (!id.endsWith(`.${SERVICE_SUFFIX}`)) return undefined;
  const [name = "", namespace = ""] = hostOf(id).split(".");
  return indexKey.twin(name, namespace);
}

/** Objects of which something else may have to be said: it depends on their services, on their twins, on other definers. */
function affectedReports(
  draft: MeshDraft,
  flipped: ReadonlySet<ObjectKey>,
  served: ReadonlySet<ServiceId>,
): ReadonlySet<ObjectKey> {
  const keys = new Set<ObjectKey>([...flipped, ...draft.problems.touched()]);
  if (isEverythingAffected(draft) || gatewaysServeOther(draft)) for (const key of draft.objects.keys()) keys.add(key);
  for (const { key, before, after } of draft.changes) {
    keys.add(key);
    const kind = (before ?? after)?.kind;
    if (kind !== "MeshConfig" && kind !== "MeshNetworks") continue;
    for (const one of draft.index.get(indexKey.kind(kind)) ?? []) keys.add(one);
  }
  for (const id of served) {
    for (const key of draft.index.get(indexKey.host(id)) ?? []) keys.add(key);
    const twins = twinKeyOf(id);
    for (const key of twins === undefined ? [] : (draft.index.get(twins) ?? [])) keys.add(key);
  }
  return keys;
}

function report(draft: MeshDraft, keys: ReadonlySet<ObjectKey>): void {
  if (keys.size === 0) return;
  const served = servedNow(draft);
  for (const key of keys) {
    if (hasErrors(draft.problems.get(key)) && draft.objects.get(key) !== undefined) continue;
    const object = draft.objects.get(key);
    const problems = object === undefined ? [] : reportOn(draft, served, object);
    draft.problems.set(key, problems.length === 0 ? undefined : problems);
  }
}

function gatewaysServeOther(draft: MeshDraft): boolean {
  if (draft.gateways.touched().size === 0) return false;
  return !sameValue(servedNow(draft), servedHosts(findObjects(draft.before, indexKey.kind("Gateway"), "Gateway")));
}

function servedNow(draft: MeshDraft) {
  return servedHosts(findObjects(draft, indexKey.kind("Gateway"), "Gateway"));
}

function hostOf(id: ServiceId) {
  return id.slice(id.indexOf("/") + 1) as ReturnType<typeof compileService>["hostname"];
}
