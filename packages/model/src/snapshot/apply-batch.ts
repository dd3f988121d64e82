import { compileDraft } from "../compile/compile-draft.ts";
import { type MeshDraft, startDraft } from "../compile/mesh-draft.ts";
import type { ServiceId } from "../names.ts";
import type { Batch, MeshChange, MeshSnapshot } from "./mesh-snapshot.ts";

/**
 * The next snapshot, and what differs. The cost follows the change; values that come out equal keep their reference and do
 * not appear in the change. The same objects and VIPs give the same snapshot, whatever the batches by which they came.
 */
export function applyBatch(snapshot: MeshSnapshot, batch: Batch): { snapshot: MeshSnapshot; change: MeshChange } {
  const draft = startDraft(snapshot, batch);
  compileDraft(draft);
  const next: MeshSnapshot = {
    revision: batch.revision,
    objects: draft.objects,
    settings: draft.settings,
    networks: draft.networks,
    services: draft.services.finish(),
    servicesByHost: draft.servicesByHost.finish(),
    endpoints: draft.endpoints.finish(),
    workloads: draft.workloads.finish(),
    workloadsByAddress: draft.workloadsByAddress.finish(),
    inbound: draft.inbound.finish(),
    gateways: draft.gateways.finish(),
    sidecars: draft.sidecars.finish(),
    destinationRules: draft.destinationRules.finish(),
    vips: draft.vips.finish(),
    vipHosts: draft.vipHosts.finish(),
    problems: draft.problems.finish(),
    defaults: snapshot.defaults,
    index: draft.index,
  };
  return {
    snapshot: next,
    change: {
      from: snapshot.revision,
      to: batch.revision,
      objects: new Set(draft.changes.map(({ key }) => key)),
      services: servicesThatChanged(draft),
      endpoints: draft.endpoints.touched(),
      workloads: draft.workloads.touched(),
      inbound: draft.inbound.touched(),
      gateways: draft.gateways.touched(),
      sidecars: draft.sidecars.touched(),
      destinationRules: draft.destinationRules.touched(),
      settings: draft.settings !== snapshot.settings,
      networks: draft.networks !== snapshot.networks,
      problems: draft.problems.touched(),
    },
  };
}

/** Those with another definition, or another VIP. */
function servicesThatChanged(draft: MeshDraft): ReadonlySet<ServiceId> {
  const ids = new Set<ServiceId>(draft.services.touched());
  for (const host of draft.vips.touched()) for (const id of draft.servicesByHost.get(host) ?? []) ids.add(id);
  return ids;
}
