import { fail, ok, type Result } from "@portolan/model";
import { RESOURCE_TYPES } from "../resource/resource-type.ts";
import { parseTypeUrl, type TypeUrl } from "../resource/type-url.ts";
import type { DeltaRequest, Dialect, SessionRequest } from "../session/protocol.ts";
import { MAX_REASON } from "../session/rejection.ts";
import { createLists, type RequestLists } from "./lists.ts";
import { readFields } from "./wire-reader.ts";

export interface DecodedRequest {
  /** The serialized Node; undefined where the request has none. */
  readonly node: Buffer | undefined;
  readonly request: SessionRequest;
}

/** The service that a stream was opened on: a type's own, or undefined for the aggregated one. */
export type ServiceType = TypeUrl | undefined;

/** Reads a DiscoveryRequest or DeltaDiscoveryRequest. An error is for a status of INVALID_ARGUMENT. */
export function decodeRequest(
  bytes: Buffer,
  dialect: Dialect,
  service: ServiceType,
  lists: RequestLists = createRequestLists(),
): Result<DecodedRequest> {
  let raw: RawRequest;
  try {
    raw = dialect === "sotw" ? readSotw(bytes, lists) : readDelta(bytes, lists);
  } catch (cause) {
    return fail(`the request cannot be decoded: ${cause instanceof Error ? cause.message : "not protobuf"}`);
  }
  const typeUrl = typeOf(raw.typeUrl, service);
  if (!typeUrl.ok) return typeUrl;
  return ok({ node: raw.node, request: { ...raw.request, typeUrl: typeUrl.value } });
}

/** One string for each type that is known, made once. */
const TYPE_URLS = RESOURCE_TYPES.map(({ typeUrl }) => ({ typeUrl, bytes: Buffer.from(typeUrl) }));

function readTypeUrl(message: Buffer, start: number, end: number): string {
  for (const { typeUrl, bytes } of TYPE_URLS) {
    if (bytes.length === end - start && bytes.compare(message, start, end) === 0) return typeUrl;
  }
  return message.toString("utf8", start, end);
}

function typeOf(text: string, service: ServiceType): Result<TypeUrl> {
  if (service === undefined) {
    return text === "" ? fail("type_url is empty; the aggregated service needs it") : parseTypeUrl(text);
  }
  if (text !== "" && text !== service) return fail("type_url is not the one of this service");
  return ok(service);
}

type Untyped<Request> = Request extends SessionRequest ? Omit<Request, "typeUrl"> : never;

interface RawRequest {
  readonly typeUrl: string;
  readonly node: Buffer | undefined;
  readonly request: Untyped<SessionRequest>;
}

function readSotw(bytes: Buffer, lists: RequestLists): RawRequest {
  let typeUrl = "";
  let node: Buffer | undefined;
  let nonce = "";
  let error: string | undefined;
  const names: number[] = [];
  readFields(bytes, (field, start, end) => {
    if (field === 2) node = bytes.subarray(start, end);
    else if (field === 3) names.push(start, end);
    else if (field === 4) typeUrl = readTypeUrl(bytes, start, end);
    else if (field === 5) nonce = bytes.toString("utf8", start, end);
    else if (field === 6) error = readStatus(bytes, start, end);
  });
  return { typeUrl, node, request: { kind: "sotw", names: lists.names.read(bytes, names), nonce, error } };
}

function readDelta(bytes: Buffer, lists: RequestLists): RawRequest {
  let typeUrl = "";
  let node: Buffer | undefined;
  let nonce = "";
  let error: string | undefined;
  const subscribe: number[] = [];
  const unsubscribe: number[] = [];
  const versions: number[] = [];
  readFields(bytes, (field, start, end) => {
    if (field === 1) node = bytes.subarray(start, end);
    else if (field === 2) typeUrl = readTypeUrl(bytes, start, end);
    else if (field === 3) subscribe.push(start, end);
    else if (field === 4) unsubscribe.push(start, end);
    else if (field === 5) versions.push(start, end);
    else if (field === 6) nonce = bytes.toString("utf8", start, end);
    else if (field === 7) error = readStatus(bytes, start, end);
  });
  const request: Untyped<DeltaRequest> = {
    kind: "delta",
    subscribe: lists.names.read(bytes, subscribe),
    unsubscribe: lists.names.read(bytes, unsubscribe),
    initialVersions: lists.versions.read(bytes, versions),
    nonce,
    error,
  };
  return { typeUrl, node, request };
}

/** Clients of one kind subscribe to the same names, and come back with the same versions. */
export function createRequestLists(): RequestLists {
  return { names: createLists(decodeNames), versions: createLists(decodeVersions) };
}

function decodeNames(bytes: Buffer, spans: readonly number[]): readonly string[] {
  const names: string[] = [];
  for (let at = 0; at < spans.length; at += 2) names.push(bytes.toString("utf8", spans[at], spans[at + 1]));
  return names;
}

/** The entries of a map. */
function decodeVersions(bytes: Buffer, spans: readonly number[]): ReadonlyMap<string, string> {
  const versions = new Map<string, string>();
  for (let at = 0; at < spans.length; at += 2) {
    let key = "";
    let value = "";
    const visit = (field: number, start: number, end: number) => {
      if (field === 1) key = bytes.toString("utf8", start, end);
      else if (field === 2) value = bytes.toString("utf8", start, end);
    };
    readFields(bytes, visit, spans[at], spans[at + 1]);
    versions.set(key, value);
  }
  return versions;
}

/**
 * `google.rpc.Status`: its presence is the rejection, its message the reason. What is not kept of it is not made a text: a part
 * of a long text holds the whole of it.
 */
function readStatus(bytes: Buffer, from: number, to: number): string {
  let message = "";
  const visit = (field: number, start: number, end: number) => {
    if (field === 2) message = bytes.toString("utf8", start, Math.min(end, start + MAX_REASON));
  };
  readFields(bytes, visit, from, to);
  return message;
}
