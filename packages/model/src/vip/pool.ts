import { bytesOf, formatIp, type IpAddress } from "../address.ts";
import { type Cidr, cidrContains, partsOf } from "../cidr.ts";
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

/** The first and the last address of a block, which are not used. */
export function poolEnds(pool: Cidr): readonly [IpAddress, IpAddress] {
  return [addressInPool(pool, 0), addressInPool(pool, poolSize(pool) - 1)];
}
