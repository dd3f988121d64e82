import {
  type Cluster,
  type ClusterLoadAssignment,
  encodeDeterministic,
  envoyRegistry,
  type Listener,
  type RouteConfiguration,
  type Secret,
} from "@portolan/envoy";
import type { ObjectKey } from "@portolan/model";
import { XdsError } from "./error.ts";
import { messageReader } from "./resource-messages.ts";
import type { ResourceName } from "./resource-name.ts";
import type { TypeUrl } from "./type-url.ts";
import { encodeAny, valueOfAny } from "./wire.ts";

/** Bytes to text; the same bytes give the same text on every machine. Ours is 128 bits of SHA-256 in hex (`sha256Version`). */
export type Hash = (bytes: Uint8Array) => string;

/** A resource that is encoded once and copied into every response that holds it. */
export interface EncodedResource extends ResourceName {
  readonly typeUrl: TypeUrl;
  readonly name: string;
  /** Never empty; the same for the same content, unless a caller gave its own. */
  readonly version: string;
  /** The serialized `google.protobuf.Any`. */
  readonly body: Uint8Array;
  /** What must be in the same view for it to work. */
  readonly references: readonly ResourceName[];
  /** What no other resource of a view may have as well: the sockets that a listener binds. */
  readonly claims?: readonly string[];
  /** The objects of the mesh that it was made from, so that a rejection can be shown at its place. */
  readonly origins: readonly ObjectKey[];
  /** How long a client that hears nothing more of it keeps it; undefined: for good. */
  readonly ttlMs?: number | undefined;
}

/** The messages that can be encoded by their schema. */
export type ResourceMessage = Cluster | ClusterLoadAssignment | Listener | RouteConfiguration | Secret;

export interface EncodeOptions {
  readonly origins?: readonly ObjectKey[];
  /** Instead of those that are read from the message. */
  readonly references?: readonly ResourceName[];
  /** Instead of those that are read from the message. */
  readonly claims?: readonly string[];
  /** Instead of the hash. */
  readonly version?: string;
  /**
   * Clients drop the resource when the server has been away for that long, at least 100 ms (xds_protocol, "TTL"). The server
   * renews it in time. Only clients that know of TTLs are told; see `XdsServerOptions.ttl`.
   */
  readonly ttlMs?: number;
}

const MIN_TTL_MS = 100;
/** What a timer can wait for. */
const MAX_TTL_MS = 2 ** 31 - 1;

/**
 * Encodes a message deterministically; the version is the hash of those bytes, so it survives restarts and is the same
 * on every replica.
 *
 * @throws XdsError `unknown-type`: use `encodeResourceBytes` for types that are not in the table. `bad-ttl`
 */
export function encodeResource(message: ResourceMessage, hash: Hash, options: EncodeOptions = {}): EncodedResource {
  const typeName: string | undefined = message?.$typeName;
  const reader = typeName === undefined ? undefined : messageReader(typeName);
  if (reader === undefined) {
    throw new XdsError(
      "unknown-type",
      typeName === undefined
        ? "what is to be encoded is no message: create(ClusterSchema, { name }) of @portolan/envoy makes one"
        : `${typeName} is not in the table of resource types: encodeResourceBytes takes a message of any type, encoded`,
    );
  }
  const value = encodeDeterministic(reader.schema, message, envoyRegistry());
  const { references = reader.referencesOf(message), claims = reader.claimsOf(message) } = options;
  const name = { typeUrl: reader.typeUrl, name: reader.nameOf(message) };
  return encodeResourceBytes(name, value, hash, { ...options, references, claims });
}

/** Most resources refer to nothing and claim nothing. */
const NONE: readonly never[] = [];

/**
 * The same for a message of any type that is encoded already (without its `Any`).
 *
 * @throws XdsError `bad-ttl`
 */
export function encodeResourceBytes(
  name: ResourceName,
  value: Uint8Array,
  hash: Hash,
  options: EncodeOptions = {},
): EncodedResource {
  return resourceOf(name, value, encodeAny(name.typeUrl, value), hash, options);
}

/** The same where the `Any` is there already, as this package writes it. */
export function encodeResourceBody(
  name: ResourceName,
  body: Uint8Array,
  hash: Hash,
  options: EncodeOptions,
): EncodedResource {
  return resourceOf(name, valueOfAny(name.typeUrl, body), body, hash, options);
}

function resourceOf(
  { typeUrl, name }: ResourceName,
  value: Uint8Array,
  body: Uint8Array,
  hash: Hash,
  options: EncodeOptions,
): EncodedResource {
  const { ttlMs, references = NONE, origins = NONE, claims = NONE } = options;
  if (ttlMs !== undefined && !(Number.isInteger(ttlMs) && ttlMs >= MIN_TTL_MS && ttlMs <= MAX_TTL_MS)) {
    throw new XdsError(
      "bad-ttl",
      `a TTL of ${ttlMs} ms; it must be a whole number from ${MIN_TTL_MS} to ${MAX_TTL_MS}`,
    );
  }
  // Another TTL is another version, so that a client that comes back is compared by what it was told.
  const version = options.version || (ttlMs === undefined ? hash(value) : `${hash(value)}-${ttlMs}ms`);
  // Written out, since there are many: a copy with one more field takes half as much again.
  if (ttlMs !== undefined) return { typeUrl, name, version, body, references, origins, ...claimed(claims), ttlMs };
  return claims.length === 0
    ? { typeUrl, name, version, body, references, origins }
    : { typeUrl, name, version, body, references, origins, claims };
}

function claimed(claims: readonly string[]): Pick<EncodedResource, "claims"> {
  return claims.length === 0 ? {} : { claims };
}
