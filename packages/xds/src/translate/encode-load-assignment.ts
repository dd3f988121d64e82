import { create, encodeDeterministic, MetadataSchema } from "@portolan/envoy";
import { CLUSTER_LOAD_ASSIGNMENT } from "../resource/type-url.ts";
import { encodeFields, fieldLength, varintLength, writeFieldHead, writeVarint } from "../resource/wire.ts";
import { MESH_TLS, type WeightedAddress, weighAddresses } from "./load-assignment.ts";
import type { EncodedMessage } from "./memo.ts";
import type { UpstreamAddress } from "./upstream-address.ts";

/**
 * The bytes of `loadAssignment`, written without the message: endpoints are what changes all the time. A property test compares
 * the two. Fields by number, as in Envoy's `endpoint.proto`, `endpoint_components.proto` and `address.proto`.
 */
export function encodeLoadAssignment(clusterName: string, addresses: readonly UpstreamAddress[]): EncodedMessage {
  const localities = weighAddresses(addresses).map(
    ({ locality, endpoints }) =>
      [2, encodeLocality(locality === "" ? undefined : localityBytes(locality), endpoints)] as const,
  );
  const value = encodeFields([[1, clusterName], ...localities]);
  return { kind: "encoded", name: { typeUrl: CLUSTER_LOAD_ASSIGNMENT, name: clusterName }, value };
}

const encoder = new TextEncoder();
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

/** `LocalityLbEndpoints`: locality = 1, lb_endpoints = 2. */
function encodeLocality(locality: Uint8Array | undefined, endpoints: readonly WeightedAddress[]): Uint8Array {
  const sized = endpoints.map(sizesOf);
  const head = locality === undefined ? 0 : fieldLength(locality.length);
  const target = new Uint8Array(sized.reduce((sum, { whole }) => sum + fieldLength(whole), head));
  let at = 0;
  if (locality !== undefined) {
    at = writeFieldHead(target, at, 1, locality.length);
    target.set(locality, at);
    at += locality.length;
  }
  for (const one of sized) at = writeEndpoint(target, writeFieldHead(target, at, 2, one.whole), one);
  return target;
}

interface Sized {
  readonly endpoint: WeightedAddress;
  readonly host: Uint8Array;
  /** Contents of SocketAddress, Address, Endpoint and LbEndpoint. */
  readonly socket: number;
  readonly address: number;
  readonly place: number;
  readonly whole: number;
}

function sizesOf(endpoint: WeightedAddress): Sized {
  const { of, weight } = endpoint;
  const host = encoder.encode(of.address);
  const socket = (host.length === 0 ? 0 : fieldLength(host.length)) + 1 + varintLength(of.port);
  const address = fieldLength(socket);
  const place = fieldLength(address);
  const whole =
    fieldLength(place) +
    (of.healthy ? 0 : 2) +
    (of.meshTls ? fieldLength(meshTls.length) : 0) +
    fieldLength(1 + varintLength(weight));
  return { endpoint, host, socket, address, place, whole };
}

/**
 * `LbEndpoint`: endpoint = 1, health_status = 2, metadata = 3, load_balancing_weight = 4 (`UInt32Value`); `Endpoint`: address = 1; `Address`:
 * socket_address = 1; `SocketAddress`: address = 2, port_value = 3.
 */
function writeEndpoint(target: Uint8Array, start: number, { endpoint, host, socket, address, place }: Sized): number {
  const { of, weight } = endpoint;
  let at = writeFieldHead(target, start, 1, place);
  at = writeFieldHead(target, at, 1, address);
  at = writeFieldHead(target, at, 1, socket);
  if (host.length > 0) {
    at = writeFieldHead(target, at, 2, host.length);
    target.set(host, at);
    at += host.length;
  }
  at = writeNumber(target, at, 3, of.port);
  if (!of.healthy) at = writeNumber(target, at, 2, UNHEALTHY);
  if (of.meshTls) {
    at = writeFieldHead(target, at, 3, meshTls.length);
    target.set(meshTls, at);
    at += meshTls.length;
  }
  at = writeFieldHead(target, at, 4, 1 + varintLength(weight));
  return writeNumber(target, at, 1, weight);
}

function writeNumber(target: Uint8Array, at: number, field: number, value: number): number {
  target[at] = field << 3;
  return writeVarint(target, at + 1, value);
}
