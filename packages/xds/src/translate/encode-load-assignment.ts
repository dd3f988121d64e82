import { create, encodeDeterministic, MetadataSchema } from "@portolan/envoy";
import { CLUSTER_LOAD_ASSIGNMENT } from "../resource/type-url.ts";
import {
  createAny,
  encodeFields,
  fieldLength,
  textLength,
  varintLength,
  writeFieldHead,
  writeText,
  writeVarint,
} from "../resource/wire.ts";
import type { EncodedMessage } from "./encoded-message.ts";
import { MESH_TLS, type WeightedAddress, weighAddresses } from "./load-assignment.ts";
import type { UpstreamAddress } from "./upstream-address.ts";

/**
 * The bytes of `loadAssignment`, written without the message: endpoints are what changes all the time. A property test compares
 * the two. Fields by number, as in Envoy's `endpoint.proto`, `endpoint_components.proto` and `address.proto`.
 */
export function encodeLoadAssignment(clusterName: string, addresses: readonly UpstreamAddress[]): EncodedMessage {
  const localities = weighAddresses(addresses).map(({ locality, endpoints }) => {
    const head = locality === "" ? NO_LOCALITY : localityBytes(locality);
    const start = locality === "" ? 0 : fieldLength(head.length);
    return { locality, head, endpoints, length: endpoints.reduce((sum, one) => sum + endpointLength(one), start) };
  });
  const nameLength = textLength(clusterName);
  const length = localities.reduce(
    (sum, locality) => sum + fieldLength(locality.length),
    nameLength === 0 ? 0 : fieldLength(nameLength),
  );
  const { body, valueAt } = createAny(CLUSTER_LOAD_ASSIGNMENT, length);
  let at = valueAt;
  if (nameLength > 0) at = writeText(body, writeFieldHead(body, at, 1, nameLength), clusterName);
  for (const { locality, head, endpoints, length: whole } of localities) {
    at = writeFieldHead(body, at, 2, whole);
    // `LocalityLbEndpoints`: locality = 1, lb_endpoints = 2.
    if (locality !== "") at = writeBytes(body, at, 1, head);
    for (const one of endpoints) at = writeEndpoint(body, at, one);
  }
  return { kind: "encoded", name: { typeUrl: CLUSTER_LOAD_ASSIGNMENT, name: clusterName }, body };
}

const NO_LOCALITY = new Uint8Array(0);
const meshTls = encodeDeterministic(MetadataSchema, create(MetadataSchema, MESH_TLS));
const UNHEALTHY = 2;

function localityBytes(text: string): Uint8Array {
  const [region = "", zone = "", ...subZone] = text.split("/");
  return encodeFields([
    [1, region],
    [2, zone],
    [3, subZone.join("/")],
  ]);
}

function endpointLength(endpoint: WeightedAddress): number {
  return fieldLength(contentLength(endpoint, fieldLength(fieldLength(socketLength(endpoint)))));
}

/** Contents of `SocketAddress`. */
function socketLength({ of }: WeightedAddress): number {
  const host = textLength(of.address);
  return (host === 0 ? 0 : fieldLength(host)) + 1 + varintLength(of.port);
}

/** Contents of `LbEndpoint`, of which `place` bytes are those of `Endpoint`. */
function contentLength({ of, weight }: WeightedAddress, place: number): number {
  return (
    fieldLength(place) +
    (of.healthy ? 0 : 2) +
    (of.meshTls ? fieldLength(meshTls.length) : 0) +
    fieldLength(1 + varintLength(weight))
  );
}

/**
 * `LbEndpoint`: endpoint = 1, health_status = 2, metadata = 3, load_balancing_weight = 4 (`UInt32Value`); `Endpoint`: address = 1; `Address`:
 * socket_address = 1; `SocketAddress`: address = 2, port_value = 3.
 */
function writeEndpoint(target: Uint8Array, start: number, endpoint: WeightedAddress): number {
  const { of, weight } = endpoint;
  const socket = socketLength(endpoint);
  const address = fieldLength(socket);
  const place = fieldLength(address);
  let at = writeFieldHead(target, start, 2, contentLength(endpoint, place));
  at = writeFieldHead(target, at, 1, place);
  at = writeFieldHead(target, at, 1, address);
  at = writeFieldHead(target, at, 1, socket);
  const host = textLength(of.address);
  if (host > 0) at = writeText(target, writeFieldHead(target, at, 2, host), of.address);
  at = writeNumber(target, at, 3, of.port);
  if (!of.healthy) at = writeNumber(target, at, 2, UNHEALTHY);
  if (of.meshTls) at = writeBytes(target, at, 3, meshTls);
  at = writeFieldHead(target, at, 4, 1 + varintLength(weight));
  return writeNumber(target, at, 1, weight);
}

function writeBytes(target: Uint8Array, start: number, field: number, bytes: Uint8Array): number {
  const at = writeFieldHead(target, start, field, bytes.length);
  target.set(bytes, at);
  return at + bytes.length;
}

function writeNumber(target: Uint8Array, at: number, field: number, value: number): number {
  target[at] = field << 3;
  return writeVarint(target, at + 1, value);
}
