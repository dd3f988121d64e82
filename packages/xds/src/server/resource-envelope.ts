import { fieldLength, varintLength, writeFieldHead, writeVarint } from "../resource/wire.ts";
import type { TtlForm } from "../session/protocol.ts";
import type { ReplicaResource } from "../snapshot/replica.ts";

/** `envoy.service.discovery.v3.Resource` around a resource: version = 1, resource = 2, name = 3, ttl = 6. */
export interface Envelope {
  readonly resource: ReplicaResource;
  readonly version: string;
  readonly ttl: TtlForm;
}

const RESOURCE_TYPE_URL = Buffer.from("type.googleapis.com/envoy.service.discovery.v3.Resource");

export function textLength(text: string): number {
  return fieldLength(Buffer.byteLength(text));
}

export function writeText(target: Buffer, at: number, field: number, text: string): number {
  const start = writeFieldHead(target, at, field, Buffer.byteLength(text));
  return start + target.write(text, start);
}

export function writeBody(target: Buffer, at: number, { bytes, offset, length }: ReplicaResource): number {
  const start = writeFieldHead(target, at, 2, length);
  if (bytes !== undefined) target.set(bytes.subarray(offset, offset + length), start);
  return start + length;
}

export function envelopeLength({ resource, version, ttl }: Envelope): number {
  const { name, length, ttlMs } = resource;
  const body = ttl === "heartbeat" ? 0 : fieldLength(length);
  const duration = ttl === "none" || ttlMs === undefined ? 0 : fieldLength(durationLength(ttlMs));
  return textLength(version) + body + textLength(name) + duration;
}

export function writeEnvelope(target: Buffer, at: number, { resource, version, ttl }: Envelope): number {
  let end = writeText(target, at, 1, version);
  if (ttl !== "heartbeat") end = writeBody(target, end, resource);
  end = writeText(target, end, 3, resource.name);
  if (ttl === "none" || resource.ttlMs === undefined) return end;
  end = writeFieldHead(target, end, 6, durationLength(resource.ttlMs));
  return writeDuration(target, end, resource.ttlMs);
}

/** Whether a SotW response holds it in an envelope: only there it can say a TTL. */
export function isWrapped({ ttlMs }: ReplicaResource, ttl: TtlForm): boolean {
  return ttl !== "none" && ttlMs !== undefined;
}

/** `Any` of an envelope. */
export function wrappedLength(envelope: Envelope): number {
  return fieldLength(RESOURCE_TYPE_URL.length) + fieldLength(envelopeLength(envelope));
}

export function writeWrapped(target: Buffer, at: number, envelope: Envelope): number {
  const start = writeFieldHead(target, at, 1, RESOURCE_TYPE_URL.length);
  target.set(RESOURCE_TYPE_URL, start);
  const inner = writeFieldHead(target, start + RESOURCE_TYPE_URL.length, 2, envelopeLength(envelope));
  return writeEnvelope(target, inner, envelope);
}

/** `google.protobuf.Duration`: seconds = 1, nanos = 2; what is zero is left out. */
function durationLength(ms: number): number {
  const { seconds, nanos } = durationOf(ms);
  return (seconds === 0 ? 0 : 1 + varintLength(seconds)) + (nanos === 0 ? 0 : 1 + varintLength(nanos));
}

function writeDuration(target: Buffer, at: number, ms: number): number {
  const { seconds, nanos } = durationOf(ms);
  let end = at;
  for (const [field, value] of [
    [1, seconds],
    [2, nanos],
  ] as const) {
    if (value === 0) continue;
    target[end] = field << 3;
    end = writeVarint(target, end + 1, value);
  }
  return end;
}

function durationOf(ms: number): { readonly seconds: number; readonly nanos: number } {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1e6) };
}
