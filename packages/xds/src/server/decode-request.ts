import { fail, ok, type Result } from "@portolan/model";
import { parseTypeUrl, type TypeUrl } from "../resource/type-url.ts";
import type { Dialect, SessionRequest } from "../session/protocol.ts";
import { readFields } from "./wire-reader.ts";

export interface DecodedRequest {
  /** The serialized Node; undefined where the request has none. */
  readonly node: Buffer | undefined;
  readonly request: SessionRequest;
}

/** The service that a stream was opened on: a type's own, or undefined for the aggregated one. */
export type ServiceType = TypeUrl | undefined;

/** Reads a DiscoveryRequest or DeltaDiscoveryRequest. An error is for a status of INVALID_ARGUMENT. */
export function decodeRequest(bytes: Buffer, dialect: Dialect, service: ServiceType): Result<DecodedRequest> {
  let raw: RawRequest;
  try {
    raw = dialect === "sotw" ? readSotw(bytes) : readDelta(bytes);
  } catch (cause) {
    return fail(`the request cannot be decoded: ${cause instanceof Error ? cause.message : "not protobuf"}`);
  }
  const typeUrl = typeOf(raw.typeUrl, service);
  if (!typeUrl.ok) return typeUrl;
  return ok({ node: raw.node, request: { ...raw.request, typeUrl: typeUrl.value } });
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

function readSotw(bytes: Buffer): RawRequest {
  let typeUrl = "";
  let node: Buffer | undefined;
  let nonce = "";
  let error: string | undefined;
  const names: string[] = [];
  readFields(bytes, (field, content) => {
    if (field === 2) node = content;
    else if (field === 3) names.push(content.toString());
    else if (field === 4) typeUrl = content.toString();
    else if (field === 5) nonce = content.toString();
    else if (field === 6) error = readStatus(content);
  });
  return { typeUrl, node, request: { kind: "sotw", names, nonce, error } };
}

function readDelta(bytes: Buffer): RawRequest {
  let typeUrl = "";
  let node: Buffer | undefined;
  let nonce = "";
  let error: string | undefined;
  const subscribe: string[] = [];
  const unsubscribe: string[] = [];
  let initialVersions: Map<string, string> | undefined;
  readFields(bytes, (field, content) => {
    if (field === 1) node = content;
    else if (field === 2) typeUrl = content.toString();
    else if (field === 3) subscribe.push(content.toString());
    else if (field === 4) unsubscribe.push(content.toString());
    else if (field === 5) initialVersions = withEntry(initialVersions, content);
    else if (field === 6) nonce = content.toString();
    else if (field === 7) error = readStatus(content);
  });
  const request = { kind: "delta", subscribe, unsubscribe, initialVersions: initialVersions ?? NO_VERSIONS } as const;
  return { typeUrl, node, request: { ...request, nonce, error } };
}

function withEntry(known: Map<string, string> | undefined, bytes: Buffer): Map<string, string> {
  let key = "";
  let value = "";
  readFields(bytes, (field, content) => {
    if (field === 1) key = content.toString();
    else if (field === 2) value = content.toString();
  });
  return (known ?? new Map<string, string>()).set(key, value);
}

/** `google.rpc.Status`: its presence is the rejection, its message the reason. */
function readStatus(bytes: Buffer): string {
  let message = "";
  readFields(bytes, (field, content) => {
    if (field === 2) message = content.toString();
  });
  return message;
}
