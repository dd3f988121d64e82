import { bytesOf, formatIp, type IpAddress } from "../address.ts";
import { type Cidr, cidrContains, partsOf } from "../cidr.ts";
import type { ProxyMode } from "../object/mesh.ts";
import type { MeshSettings } from "../snapshot/mesh-snapshot.ts";

/** More than this is never handed out, however large an IPv6 pool is. */
const MOST = 2 ** 31;

/** How many addresses a block has. */
export function poolSize(pool: Cidr): number {
  const { base, bits } = partsOf(pool);
  return Math.min(MOST, 2 ** (base.length * 8 - bits));
}

/** Indexes run from 1 to this: the same in both pools, and neither's first or last address. */
export function lastVipIndex(settings: Pick<MeshSettings, "bindPool" | "capturePool">): number {
  return Math.max(0, Math.min(poolSize(settings.bindPool), poolSize(settings.capturePool)) - 2);
}

export function addressInPool(pool: Cidr, index: number): IpAddress {
  const bytes = partsOf(pool).base.slice();
  let rest = index;
  for (let at = bytes.length - 1; at >= 0 && rest > 0; at--) {
    const sum = bytes[at]! + (rest % 256);
    bytes[at] = sum & 255;
    rest = Math.floor(rest / 256) + (sum >> 8);
  }
  return formatIp(bytes);
}

/** Undefined where the address lies outside. */
export function indexInPool(pool: Cidr, address: IpAddress): number | undefined {
  if (!cidrContains(pool, address)) return undefined;
  const { base } = partsOf(pool);
  const index = bytesOf(address).reduce((sum, byte, at) => sum * 256 + byte - base[at]!, 0);
  return index < MOST ? index : undefined;
}

/**
 * Why a block cannot be the pool of a mode; undefined where it can. A proxy in bind mode listens on the VIP itself, so the block is local on
 * every machine: 127.0.0.0/8 is on Linux, of IPv6 only `::1` is, and `local` names what the operator made so (`ip route add local ... dev lo`).
 * Where traffic is captured, loopback must not be in it: that traffic lands on the inbound listener.
 */
export function whyNotPool(pool: Cidr, mode: ProxyMode, local: readonly Cidr[] = []): string | undefined {
  const within = (block: Cidr) =>
    partsOf(block).bits <= partsOf(pool).bits && cidrContains(block, addressInPool(pool, 0));
  const size = poolSize(pool);
  if (size < 4) return `${pool} has ${size} addresses: a pool has at least 4, since its first and last are not used`;
  if (mode === "capture") {
    if (!within(LOOPBACK) && !cidrContains(pool, LOCALHOST_V4) && !cidrContains(pool, LOCALHOST_V6)) return undefined;
    return `${pool} is loopback: traffic to it that is captured would land on the inbound listener; use a block that nobody routes, such as 240.240.0.0/16`;
  }
  if (within(LOOPBACK) || local.some(within)) return undefined;
  if (!pool.includes(":")) {
    return `${pool} is not local: a proxy in bind mode listens on its VIPs; use a block of 127.0.0.0/8, or name it under localPrefixes where it is local on every machine`;
  }
  return `${pool} is not local: a proxy in bind mode listens on its VIPs, and of IPv6 ::1 alone is loopback; use IPv6 as capturePool, or name the block under localPrefixes where it is local on every machine`;
}

const LOOPBACK = "127.0.0.0/8" as Cidr;
const LOCALHOST_V4 = "127.0.0.1" as IpAddress;
const LOCALHOST_V6 = "::1" as IpAddress;

/** The first and the last address of a block, which are not used. */
export function poolEnds(pool: Cidr): readonly [IpAddress, IpAddress] {
  return [addressInPool(pool, 0), addressInPool(pool, poolSize(pool) - 1)];
}
