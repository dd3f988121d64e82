import { bytesOf, formatIp, type IpAddress, ipBytes } from "./address.ts";
import type { Brand } from "./brand.ts";
import { printable } from "./names.ts";
import { fail, ok, type Result } from "./result.ts";

/** An address block, such as `127.255.0.0/16`; host bits are zero. */
export type Cidr = Brand<string, "Cidr">;

export function parseCidr(text: string): Result<Cidr> {
  const [address = "", length = "", ...more] = text.split("/");
  const bytes = ipBytes(address);
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : -1;
  if (bytes === undefined || more.length > 0 || bits < 0 || bits > bytes.length * 8) {
    return fail(`"${printable(text)}" is not an address block: use ADDRESS/BITS, such as 10.0.0.0/8`);
  }
  return ok(`${formatIp(masked(bytes, bits))}/${bits}` as Cidr);
}

export function cidrContains(cidr: Cidr, address: IpAddress): boolean {
  const { base, bits } = partsOf(cidr);
  const bytes = bytesOf(address);
  if (bytes.length !== base.length) return false;
  return masked(bytes, bits).every((byte, index) => byte === base[index]);
}

interface CidrParts {
  /** Not to be changed. */
  readonly base: Uint8Array;
  readonly bits: number;
}

export function partsOf(cidr: Cidr): CidrParts {
  const known = knownParts.get(cidr);
  if (known !== undefined) return known;
  const [address = "", bits = "0"] = cidr.split("/");
  const parts = { base: bytesOf(address as IpAddress), bits: Number(bits) };
  if (knownParts.size < MAX_KNOWN) knownParts.set(cidr, parts);
  return parts;
}

/** A mesh has few blocks, and they are asked for with every address. */
const knownParts = new Map<Cidr, CidrParts>();
const MAX_KNOWN = 256;

function masked(bytes: Uint8Array, bits: number): Uint8Array {
  return bytes.map((byte, index) => {
    const keep = Math.min(8, Math.max(0, bits - index * 8));
    return byte & (0xff << (8 - keep)) & 0xff;
  });
}
