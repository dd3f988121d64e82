import type { IpAddress } from "../address.ts";
import { type Cidr, cidrContains } from "../cidr.ts";
import { singleAddress } from "../compile/given-addresses.ts";
import type { Definer } from "../compile/service.ts";
import type { Problem } from "../problem.ts";
import type { MeshSettings } from "../snapshot/mesh-snapshot.ts";
import { poolEnds } from "../vip/pool.ts";
import { problemAt } from "./problem-at.ts";

/** Addresses of 127/8 are listened on: those that cannot be are refused. */
export function checkAddresses(settings: MeshSettings, object: Definer): readonly Problem[] {
  const given: readonly (IpAddress | Cidr)[] = object.kind === "Service" ? object.clusterIps : object.addresses;
  return given.flatMap((address, at) => {
    const why = whyNotBound(settings, address);
    if (why === undefined) return [];
    const message = `address ${address} cannot be listened on: ${why}; use another of 127.0.0.0/8, such as one of ${settings.bindPool}, or leave it out to have one allocated`;
    return [problemAt(object, addressPath(object, at), "PTL1102", "error", message)];
  });
}

/** Where an object gives its address of this index. A Service may give its only one as `clusterIP`. */
export function addressPath(object: Definer, at: number): string {
  if (object.kind === "ServiceEntry") return `spec.addresses.${at}`;
  return at === 0 && object.meta.positions.has("spec.clusterIP") ? "spec.clusterIP" : `spec.clusterIPs.${at}`;
}

function whyNotBound(settings: MeshSettings, address: IpAddress | Cidr): string | undefined {
  const ip = singleAddress(address);
  if (ip === undefined) {
    return cidrContains(LOOPBACK, address.slice(0, address.indexOf("/")) as IpAddress)
      ? "it is a whole block of loopback addresses"
      : undefined;
  }
  if (ip === "127.0.0.1" || ip === "::1") return "it is localhost";
  if (ip === "127.0.0.0" || ip === "127.255.255.255") return "it is an end of 127.0.0.0/8";
  const [first, last] = poolEnds(settings.bindPool);
  if (ip === first || ip === last) return `it is an end of the pool ${settings.bindPool}`;
  return undefined;
}

const LOOPBACK = "127.0.0.0/8" as Cidr;
