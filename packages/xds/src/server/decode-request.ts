import { fail, ok, type Result } from "@portolan/model";
import { RESOURCE_TYPES } from "../resource/resource-type.ts";
import { parseTypeUrl, type TypeUrl } from "../resource/type-url.ts";
import type { DeltaRequest, Dialect, SessionRequest } from "../session/protocol.ts";
import { createNameLists, type NameLists } from "./name-lists.ts";
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
  lists: NameLists = createNameLists(),
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

const NO_VERSIONS: ReadonlyMap<string, string> = new Map();

function readSotw(bytes: Buffer, lists: NameLists): RawRequest {
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
  return { typeUrl, node, request: { kind: "sotw", names: lists.read(bytes, names), nonce, error } };
}

function readDelta(bytes: Buffer, lists: NameLists): RawRequest {
  let typeUrl = "";
  let node: Buffer | undefined;
  let nonce = "";
  let error: string | undefined;
  const subscribe: number[] = [];
  const unsubscribe: number[] = [];
  let initialVersions: Map<string, string> | undefined;
  readFields(bytes, (field, start, end) => {
    if (field === 1) node = bytes.subarray(start, end);
    else if (field === 2) typeUrl = readTypeUrl(bytes, start, end);
    else if (field === 3) subscribe.push(start, end);
    else if (field === 4) unsubscribe.push(start, end);
    else if (field === 5) initialVersions = withEntry(initialVersions, bytes, start, end);
    else if (field === 6) nonce = bytes.toString("utf8", start, end);
    else if (field === 7) error = readStatus(bytes, start, end);
  });
  const request: Untyped<DeltaRequest> = {
    kind: "delta",
    subscribe: lists.read(bytes, subscribe),
    unsubscribe: lists.read(bytes, unsubscribe),
    initialVersions: initialVersions ?? NO_VERSIONS,
    nonce,
    error,
  };
  return { typeUrl, node, request };
}

function withEntry(
  known: Map<string, string> | undefined,
  bytes: Buffer,
  from: number,
  to: number,
): Map<string, string> {
  let key = "";
  let value = "";
  const visit = (field: number, start: number, end: number) => {
    if (field === 1) key = bytes.toString("utf8", start, end);
    else if (field === 2) value = bytes.toString("utf8", start, end);
  };
  readFields(bytes, visit, from, to);
  return (known ?? new Map<string, string>()).set(key, value);
}

/** `google.rpc.Status`: its presence is the rejection, its message the reason. */
function readStatus(bytes: Buffer, from: number, to: number): string {
  let message = "";
  const visit = (field: number, start: number, end: number) => {
    if (field === 2) message = bytes.toString("utf8", start, end);
  };
  readFields(bytes, visit, from, to);
  return message;
}
