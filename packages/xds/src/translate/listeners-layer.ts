import type { IpAddress, MeshSnapshot, PortNumber, Service, ServiceId } from "@portolan/model";
import { serviceAddresses } from "@portolan/model";
import { layerId } from "../snapshot/ids.ts";
import type { Dirty } from "./dirty.ts";
import { discoveryOf } from "./discovery.ts";
import type { FollowingLayer } from "./following-layer.ts";
import { createLiveLayer } from "./live-layer.ts";
import { type Memo, type MemoEntry, present } from "./memo.ts";
import { formatSocket } from "./names.ts";
import { shapedOutbound, translateOutboundListener } from "./outbound-listener.ts";
import { translateOutboundRoute } from "./outbound-route.ts";
import { lookedAt } from "./per-service-layer.ts";
import type { Scope } from "./scope.ts";
import { type SlotMember, shareSlot } from "./slot.ts";

interface OpenSlot {
  readonly address: IpAddress;
  readonly port: PortNumber;
  /** Nearly always one. */
  members: readonly SlotMember[];
}

/**
 * Listeners of bind mode and their routes, one of each for an address and port: a change of one service touches those
 * of its own addresses and no other.
 */
export function createListenersLayer(id: string, scope: Scope, lowestPort: PortNumber, memo: Memo): FollowingLayer {
  const layer = createLiveLayer(layerId(id), memo);
  const slots = new Map<string, OpenSlot>();
  const slotsOf = new Map<ServiceId, readonly string[]>();

  /** Gives the slots that the service claimed or claims. */
  function place(mesh: MeshSnapshot, id: ServiceId): readonly string[] {
    const before = slotsOf.get(id) ?? [];
    for (const key of before) {
      const slot = slots.get(key);
      if (slot !== undefined) slot.members = slot.members.filter((member) => member.service.id !== id);
    }
    const service = mesh.services.get(id);
    const claimed = service === undefined || !scope.holds(mesh, service) ? [] : claims(mesh, service, lowestPort);
    for (const { key, address, member } of claimed) {
      const slot = slots.get(key);
      if (slot === undefined) slots.set(key, { address, port: member.port.number, members: [member] });
      else slot.members = [...slot.members.filter((one) => one.service.id !== id), member];
    }
    const now = claimed.map(({ key }) => key);
    if (now.length === 0) slotsOf.delete(id);
    else slotsOf.set(id, now);
    return [...before, ...now];
  }

  function entriesOf(key: string, slot: OpenSlot): readonly MemoEntry[] {
    const share = shareSlot(slot.members);
    if (share === undefined) return [];
    const input = { address: slot.address, port: slot.port, share };
    const inputs = share.carried.flatMap(({ service, port }) => [service, port]);
    const owners = share.carried.map(({ service }) => service);
    const memoKey = [key, ...owners.map((service) => service.id)];
    const [first, second] = owners;
    const origins =
      first !== undefined && second === undefined
        ? [first.owner]
        : [...new Set(owners.map((service) => service.owner))];
    const listener = memo.get({
      kind: "listener",
      key: ["listener", ...memoKey].join(" "),
      inputs,
      origins,
      translate: () => shapedOutbound("listener", input, translateOutboundListener),
    });
    if (share.family !== "http") return present([listener]);
    const route = memo.get({
      kind: "route",
      key: ["route", ...memoKey].join(" "),
      inputs,
      origins,
      translate: () => shapedOutbound("route", input, translateOutboundRoute),
    });
    return present([listener, route]);
  }

  return {
    id: layer.id,
    follow(mesh: MeshSnapshot, dirty: Dirty) {
      const touched = new Set<string>();
      // Whether a port leads anywhere depends on its service alone, so endpoints do not matter here.
      for (const service of lookedAt(mesh, scope, dirty.defined, slotsOf.keys())) {
        for (const key of place(mesh, service)) touched.add(key);
      }
      for (const key of touched) {
        const slot = slots.get(key);
        if (slot === undefined) continue;
        layer.put(key, entriesOf(key, slot));
        if (slot.members.length === 0) slots.delete(key);
      }
    },
    takeUpdate: layer.takeUpdate,
    close: layer.close,
  };
}

/** Where a proxy listens for a service: nothing for ports that it may not bind, or that lead nowhere. */
export function claims(
  mesh: MeshSnapshot,
  service: Service,
  lowestPort: PortNumber,
): readonly { readonly key: string; readonly address: IpAddress; readonly member: SlotMember }[] {
  const endpoints = mesh.endpoints.get(service.id);
  const ports = service.ports.filter(
    (port) => port.number >= lowestPort && discoveryOf(service, port, endpoints, mesh.settings).kind !== "none",
  );
  return serviceAddresses(mesh, service, "bind").flatMap((address) =>
    ports.map((port) => ({ key: formatSocket(address, port.number), address, member: { service, port } })),
  );
}
