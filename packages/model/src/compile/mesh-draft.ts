import type { IpAddress } from "../address.ts";
import type { Hostname, ServiceId, WorkloadId } from "../names.ts";
import type { DestinationRuleObject } from "../object/destination-rule.ts";
import type { GatewayObject, SidecarObject } from "../object/gateway.ts";
import type { ObjectKey } from "../object/key.ts";
import type { Problem } from "../problem.ts";
import type { InboundPort, ServiceEndpoints, Workload } from "../snapshot/endpoint.ts";
import type { Batch, InboundKey, MeshNetworks, MeshSettings, MeshSnapshot } from "../snapshot/mesh-snapshot.ts";
import { keepSame } from "../snapshot/same-value.ts";
import type { Service } from "../snapshot/service.ts";
import { sortedUnique } from "../sorted.ts";
import { draftOf, type MapDraft } from "./draft.ts";
import { type EditedObjects, editObjects } from "./edit-objects.ts";
import type { MeshLookup } from "./lookup.ts";
import { compileNetworks } from "./networks.ts";
import { compileSettings } from "./settings.ts";

/** The next snapshot while it is made. What is compiled from it sees what was compiled before. */
export interface MeshDraft extends Omit<MeshLookup, keyof EditedObjects>, EditedObjects {
  readonly before: MeshSnapshot;
  readonly settings: MeshSettings;
  readonly networks: MeshNetworks;
  readonly services: MapDraft<ServiceId, Service>;
  readonly servicesByHost: MapDraft<Hostname, readonly ServiceId[]>;
  readonly endpoints: MapDraft<ServiceId, ServiceEndpoints>;
  readonly workloads: MapDraft<WorkloadId, Workload>;
  readonly workloadsByAddress: MapDraft<IpAddress, readonly WorkloadId[]>;
  readonly inbound: MapDraft<InboundKey, readonly InboundPort[]>;
  readonly gateways: MapDraft<ObjectKey, GatewayObject>;
  readonly sidecars: MapDraft<ObjectKey, SidecarObject>;
  readonly destinationRules: MapDraft<ObjectKey, DestinationRuleObject>;
  readonly vips: MapDraft<Hostname, number>;
  readonly vipHosts: MapDraft<string, readonly Hostname[]>;
  readonly problems: MapDraft<ObjectKey, readonly Problem[]>;
}

/** Objects, index, settings, networks and VIPs are those after the batch; everything else is still as before it. */
export function startDraft(before: MeshSnapshot, batch: Batch): MeshDraft {
  const edited = editObjects(before, batch);
  const kinds = new Set(edited.changes.map((change) => (change.after ?? change.before)?.kind));
  const draft: MeshDraft = {
    ...edited,
    before,
    settings: kinds.has("MeshConfig")
      ? keepSame(before.settings, compileSettings(edited, before.defaults))
      : before.settings,
    networks:
      kinds.has("MeshNetworks") || kinds.has("Service")
        ? keepSame(before.networks, compileNetworks(edited))
        : before.networks,
    services: draftOf(before.services),
    servicesByHost: draftOf(before.servicesByHost),
    endpoints: draftOf(before.endpoints),
    workloads: draftOf(before.workloads),
    workloadsByAddress: draftOf(before.workloadsByAddress),
    inbound: draftOf(before.inbound),
    gateways: draftOf(before.gateways),
    sidecars: draftOf(before.sidecars),
    destinationRules: draftOf(before.destinationRules),
    vips: draftOf(before.vips),
    vipHosts: draftOf(before.vipHosts),
    problems: draftOf(before.problems),
  };
  for (const { key, before: old, after } of edited.changes) {
    // Its kind is a part of the key.
    switch ((after ?? old)?.kind) {
      case "Gateway":
        draft.gateways.set(key, after as GatewayObject | undefined);
        break;
      case "Sidecar":
        draft.sidecars.set(key, after as SidecarObject | undefined);
        break;
      case "DestinationRule":
        draft.destinationRules.set(key, after as DestinationRuleObject | undefined);
        break;
    }
  }
  for (const [host, index] of batch.vips) {
    const old = draft.vips.get(host);
    if (old === index) continue;
    if (old !== undefined) editList(draft.vipHosts, `${old}`, (hosts) => hosts.filter((one) => one !== host));
    if (index !== undefined) editList(draft.vipHosts, `${index}`, (hosts) => [...hosts, host]);
    draft.vips.set(host, index);
  }
  return draft;
}

/** Edits one of a map's sorted lists; an empty one is removed. */
export function editList<Key extends string, Item extends string>(
  draft: MapDraft<Key, readonly Item[]>,
  key: Key,
  edit: (list: readonly Item[]) => readonly Item[],
): void {
  const edited = edit(draft.get(key) ?? []);
  const list = edited.length < 2 ? edited : sortedUnique(edited);
  draft.set(key, list.length === 0 ? undefined : list);
}
