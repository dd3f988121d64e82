import type { Brand } from "./brand.ts";
import { printable } from "./names.ts";
import { fail, ok, type Result } from "./result.ts";

/** An IPv4 or IPv6 address in its canonical text form (RFC 5952 for IPv6). */
export type IpAddress = Brand<string, "IpAddress">;

export function parseIpAddress(text: string): Result<IpAddress> {
  // An IPv4 address has one form.
  if (ipv4Number(text) !== undefined) return ok(text as IpAddress);
  const bytes = ipBytes(text);
  if (bytes === undefined) return fail(`"${printable(text)}" is not an IP address`);
  return ok(formatIp(bytes));
}

export function isIpv6(address: IpAddress): boolean {
  return address.includes(":");
}

/** 4 or 16 bytes in network order. */
export function bytesOf(address: IpAddress): Uint8Array {
  return ipBytes(address) ?? new Uint8Array(4);
}

export function isLoopback(address: IpAddress): boolean {
  return address.startsWith("127.") || address === "::1";
}

/** Whether `parseIpAddress` takes it. */
export function isIpAddress(text: string): boolean {
  return text.includes(":") ? ipBytes(text) !== undefined : ipv4Number(text) !== undefined;
}

function ipv4Bytes(text: string): Uint8Array | undefined {
  const number = ipv4Number(text);
  return number === undefined
    ? undefined
    : Uint8Array.of(number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255);
}

/**
 * Decimal only, without leading zeros: what `inet_pton` accepts, so that every reader sees the same address. Every endpoint is
 * asked again at each change, so nothing is allocated here.
 */
function ipv4Number(text: string): number | undefined {
  let number = 0;
  let part = 0;
  let digits = 0;
  let dots = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (digits === 0 || ++dots > 3) return undefined;
      number = (number << 8) | part;
      part = 0;
      digits = 0;
      continue;
    }
    const digit = code - ZERO;
    if (digit < 0 || digit > 9 || (digits > 0 && part === 0)) return undefined;
    part = part * 10 + digit;
    digits++;
    if (part > 255) return undefined;
  }
  return dots === 3 && digits > 0 ? ((number << 8) | part) >>> 0 : undefined;
}

const DOT = 46;
const ZERO = 48;

/** RFC 4291 section 2.2, the embedded IPv4 form included; no zone ids. */
function ipv6Bytes(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groups(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? groups(halves[1] ?? "", true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(head, 0);
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

function groups(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (last && index === parts.length - 1 && part.includes(".")) {
      const v4 = ipv4Bytes(part);
      if (v4 === undefined) return undefined;
      bytes.push(...v4);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
      const value = Number.parseInt(part, 16);
      bytes.push(value >> 8, value & 255);
    }
  }
  return bytes;
}

/** Undefined where the text is no address. */
export function ipBytes(text: string): Uint8Array | undefined {
  if (text.length > 45) return undefined;
  return text.includes(":") ? ipv6Bytes(text) : ipv4Bytes(text);
}

export function formatIp(bytes: Uint8Array): IpAddress {
  if (bytes.length === 4) return bytes.join(".") as IpAddress;
  const words = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  let best = { at: -1, length: 1 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (at + length < 8 && words[at + length] === 0) length++;
    if (length > best.length) best = { at, length };
  }
  const hex = words.map((word) => word.toString(16));
  if (best.at < 0) return hex.join(":") as IpAddress;
  return `${hex.slice(0, best.at).join(":")}::${hex.slice(best.at + best.length).join(":")}` as IpAddress;
}
