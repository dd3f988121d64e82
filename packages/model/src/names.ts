import type { Brand } from "./brand.ts";
import { fail, ok, type Result } from "./result.ts";

/** An RFC 1123 label of at most 63 characters. */
export type Namespace = Brand<string, "Namespace">;
/** An RFC 1123 subdomain. */
export type ServiceAccountName = Brand<string, "ServiceAccountName">;
/** Lower-case RFC 1123 host name of at most 253 characters, without a trailing dot; the first label may be `*`. */
export type Hostname = Brand<string, "Hostname">;
/** A mesh network's name; the empty string is the network of everything that names none. */
export type NetworkId = Brand<string, "NetworkId">;
/** 1 to 65535. */
export type PortNumber = Brand<number, "PortNumber">;
/** `namespace/hostname`. */
export type ServiceId = Brand<string, "ServiceId">;
/** `namespace/name` of a Pod or a WorkloadEntry, with its kind in front: `Pod/shop/reviews-1`. */
export type WorkloadId = Brand<string, "WorkloadId">;

export const DEFAULT_NETWORK = "" as NetworkId;

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

export function parseNamespace(text: string): Result<Namespace> {
  if (text.length <= 63 && label.test(text)) return ok(text as Namespace);
  return fail(`"${printable(text)}" is not a namespace: use at most 63 lower-case letters, digits and "-"`);
}

export function parseServiceAccountName(text: string): Result<ServiceAccountName> {
  if (text.length <= 253 && text.split(".").every((part) => label.test(part))) return ok(text as ServiceAccountName);
  return fail(`"${printable(text)}" is not a service account name: use lower-case letters, digits, "-" and "."`);
}

/** Upper case is folded and one trailing dot dropped; RFC 1123 labels, the first of which may be `*`. */
export function parseHostname(text: string): Result<Hostname> {
  const name = (text.endsWith(".") ? text.slice(0, -1) : text).toLowerCase();
  const labels = name.split(".");
  const rest = labels[0] === "*" && labels.length > 1 ? labels.slice(1) : labels;
  if (name.length <= 253 && rest.every((part) => part.length <= 63 && hostLabel.test(part)))
    return ok(name as Hostname);
  return fail(`"${printable(text)}" is not a host name (RFC 1123; "*" may stand as the whole first label only)`);
}

const hostLabel = /^[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?$/;

export function parseNetworkId(text: string): Result<NetworkId> {
  if (text.length <= 253 && /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(text)) return ok(text as NetworkId);
  return fail(`"${printable(text)}" is not a network name: use letters, digits, "-", "_" and "."`);
}

export function parsePortNumber(value: number): Result<PortNumber> {
  if (Number.isInteger(value) && value >= 1 && value <= 65535) return ok(value as PortNumber);
  return fail(`${value} is not a port: use a whole number from 1 to 65535`);
}

export function serviceId(namespace: Namespace, hostname: Hostname): ServiceId {
  return `${namespace}/${hostname}` as ServiceId;
}

/** Text of a peer or a file, made safe to print: control characters and quotes are escaped and the length bounded. */
export function printable(text: string, limit = 120): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}...` : text;
  return cut.replace(/[\p{Cc}\u2028\u2029"\\]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
