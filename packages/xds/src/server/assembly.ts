import { SECRET } from "../resource/type-url.ts";
import { fieldLength, writeFieldHead } from "../resource/wire.ts";
import type { SessionResponse } from "../session/protocol.ts";
import { writePrefix } from "./http2/frame.ts";
import { PREFIX_BYTES } from "./http2/message-reader.ts";
import {
  envelopeLength,
  isWrapped,
  textLength,
  wrappedLength,
  writeBody,
  writeEnvelope,
  writeText,
  writeWrapped,
} from "./resource-envelope.ts";
import { notFoundLength, writeNotFound } from "./resource-error.ts";

/** A response as it goes out. Its nonce is its own: streams that share the bytes share the nonce. */
export interface AssembledResponse {
  readonly nonce: number;
  /** The message behind its gRPC prefix, as it is written. */
  readonly frame: Buffer;
}

/** Makes responses out of encoded resources, and keeps the latest for other streams that need the same. */
export interface Assembly {
  /** `after`: the last nonce of the stream, since a nonce must not come twice on one. */
  assemble(response: SessionResponse, after: number): AssembledResponse;
  /** Responses that were made, and not taken from another stream's. */
  readonly assembled: number;
}

const KEPT_BYTES = 8 * 1024 * 1024;
const KEPT_RESPONSES = 128;

interface Kept extends AssembledResponse {
  readonly response: SessionResponse;
  readonly key: number;
}

export function createAssembly(controlPlane: string): Assembly {
  const identifier = Buffer.from(controlPlane);
  const kept = new Map<number, Kept>();
  let keptBytes = 0;
  let last = 0;

  function keep(entry: Kept): void {
    const before = kept.get(entry.key);
    if (before !== undefined) {
      kept.delete(entry.key);
      keptBytes -= before.frame.length;
    }
    kept.set(entry.key, entry);
    keptBytes += entry.frame.length;
    for (const [key, { frame }] of kept) {
      if (keptBytes <= KEPT_BYTES && kept.size <= KEPT_RESPONSES) break;
      kept.delete(key);
      keptBytes -= frame.length;
    }
  }

  return {
    get assembled() {
      return last;
    },
    assemble(response, after) {
      const key = keyOf(response);
      const known = kept.get(key);
      if (known !== undefined && known.nonce > after && isSame(known.response, response)) return known;
      const nonce = ++last;
      const entry = { nonce, key, response, frame: encode(response, String(nonce), identifier) };
      // Secrets belong to one stream, and to no cache.
      if (response.typeUrl !== SECRET) keep(entry);
      return entry;
    },
  };
}

function keyOf({ typeUrl, version, resources, removed }: SessionResponse): number {
  let key = typeUrl.length * 31 + removed.length;
  for (let at = 0; at < version.length; at++) key = (key * 31 + version.charCodeAt(at)) | 0;
  for (const { offset, length } of resources) key = (key * 31 + offset * 7 + length) | 0;
  return key;
}

function isSame(a: SessionResponse, b: SessionResponse): boolean {
  if (a === b) return true;
  return (
    a.kind === b.kind &&
    a.typeUrl === b.typeUrl &&
    a.version === b.version &&
    a.ttl === b.ttl &&
    a.resources.length === b.resources.length &&
    a.removed.length === b.removed.length &&
    a.resources.every((resource, at) => resource === b.resources[at]) &&
    a.removed.every((name, at) => name === b.removed[at])
  );
}

/** `DiscoveryResponse` or `DeltaDiscoveryResponse` (envoy/service/discovery/v3/discovery.proto). */
function encode(response: SessionResponse, nonce: string, controlPlane: Buffer): Buffer {
  const { kind, typeUrl, version, resources, removed, ttl } = response;
  const plane = fieldLength(controlPlane.length);
  let total = textLength(version) + textLength(typeUrl) + textLength(nonce) + fieldLength(plane);
  for (const resource of resources) {
    if (kind === "delta") total += fieldLength(envelopeLength({ resource, version: resource.version, ttl }));
    else if (isWrapped(resource, ttl)) total += fieldLength(wrappedLength({ resource, version, ttl }));
    else total += fieldLength(resource.length);
  }
  const gone = kind === "sotw" ? (name: string) => fieldLength(notFoundLength(name)) : textLength;
  for (const name of removed) total += gone(name);
  const target = Buffer.allocUnsafe(PREFIX_BYTES + total);
  writePrefix(target, total);
  let at = writeText(target, PREFIX_BYTES, 1, version);
  for (const resource of resources) {
    if (kind === "delta") {
      const envelope = { resource, version: resource.version, ttl };
      at = writeEnvelope(target, writeFieldHead(target, at, 2, envelopeLength(envelope)), envelope);
    } else if (isWrapped(resource, ttl)) {
      // Envoy takes a heartbeat for one where it holds the version of the response that it accepted last.
      const envelope = { resource, version, ttl };
      at = writeWrapped(target, writeFieldHead(target, at, 2, wrappedLength(envelope)), envelope);
    } else {
      at = writeBody(target, at, resource);
    }
  }
  at = writeText(target, at, 4, typeUrl);
  at = writeText(target, at, 5, nonce);
  for (const name of removed) {
    if (kind === "delta") at = writeText(target, at, 6, name);
    else at = writeNotFound(target, writeFieldHead(target, at, 7, notFoundLength(name)), name);
  }
  at = writeFieldHead(target, at, kind === "sotw" ? 6 : 7, plane);
  at = writeFieldHead(target, at, 1, controlPlane.length);
  target.set(controlPlane, at);
  return target;
}
