import type { IpAddress } from "../address.ts";
import { bytesOf } from "../address.ts";
import { type Cidr, partsOf } from "../cidr.ts";
import type { ServiceObject } from "../object/service.ts";
import type { ServiceEntryObject } from "../object/service-entry.ts";

/** Single addresses that an object claims for itself; blocks are claimed by nobody. */
export function givenAddresses(object: ServiceObject | ServiceEntryObject): readonly IpAddress[] {
  if (object.kind === "Service") return object.clusterIps;
  if (object.addresses.length === 0) return NONE;
  return object.addresses.flatMap((address) => singleAddress(address) ?? []);
}

const NONE: readonly IpAddress[] = [];

/** A block of one address is that address. */
export function singleAddress(address: IpAddress | Cidr): IpAddress | undefined {
  if (!address.includes("/")) return address as IpAddress;
  const ip = address.slice(0, address.indexOf("/")) as IpAddress;
  return partsOf(address as Cidr).bits === bytesOf(ip).length * 8 ? ip : undefined;
}
