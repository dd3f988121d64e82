import { type IpAddress, isLoopback } from "../address.ts";
import { singleAddress } from "../compile/given-addresses.ts";
import { ModelError } from "../error.ts";
import type { ProxyMode } from "../object/mesh.ts";
import type { MeshSettings, MeshSnapshot } from "../snapshot/mesh-snapshot.ts";
import type { Service } from "../snapshot/service.ts";
import { addressInPool, lastVipIndex } from "./pool.ts";

/** The address at an index of a mode's pool. Throws `vip-index-out-of-pool` for an index that was never handed out. */
export function vipAddress(settings: MeshSettings, index: number, mode: ProxyMode): IpAddress {
  const last = lastVipIndex(settings);
  if (!Number.isInteger(index) || index < 1 || index > last) {
    throw new ModelError("vip-index-out-of-pool", `VIP index ${index} is outside 1 to ${last}`);
  }
  return addressInPool(mode === "bind" ? settings.bindPool : settings.capturePool, index);
}

/**
 * What a proxy of that mode listens on for a service, and what the DNS answers it. Bind: the given addresses that are
 * local, else the VIP. Capture: the given addresses that are not local (redirected loopback traffic would land on the
 * inbound listener), else the VIP. Empty as long as the host has no index.
 */
export function serviceAddresses(
  snapshot: Pick<MeshSnapshot, "settings" | "vips">,
  service: Pick<Service, "addresses" | "hostname">,
  mode: ProxyMode,
): readonly IpAddress[] {
  const given = service.addresses.flatMap((address) => singleAddress(address) ?? []);
  const usable = given.filter((address) => isLoopback(address) === (mode === "bind"));
  if (usable.length > 0) return usable;
  const index = snapshot.vips.get(service.hostname);
  return index === undefined ? [] : [vipAddress(snapshot.settings, index, mode)];
}
