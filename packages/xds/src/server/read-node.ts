import type { JsonObject, JsonValue } from "@portolan/envoy";
import { ProtobufCursor } from "./protobuf-cursor.ts";

/** What is used of a Node (envoy/config/core/v3/base.proto). */
export interface ReadNode {
  id: string;
  cluster: string;
  readonly metadata: JsonObject;
  readonly locality: { region: string; zone: string; subZone: string };
  userAgentName: string;
  userAgentVersion: string;
  readonly clientFeatures: string[];
}

/** As deep as protobuf's own readers go. */
const MAX_DEPTH = 100;

/**
 * Reads a Node. Most of what an Envoy says of itself is the list of its hundreds of extensions, which nobody here asks for:
 * it is skipped, and not made into messages for each proxy that connects.
 *
 * @throws RangeError where it cannot be read
 */
export function readNode(bytes: Buffer): ReadNode {
  const node: ReadNode = {
    id: "",
    cluster: "",
    metadata: {},
    locality: { region: "", zone: "", subZone: "" },
    userAgentName: "",
    userAgentVersion: "",
    clientFeatures: [],
  };
  const cursor = new ProtobufCursor(bytes);
  for (let field = cursor.next(); field !== 0; field = cursor.next()) {
    if (field === 1) node.id = cursor.text();
    else if (field === 2) node.cluster = cursor.text();
    else if (field === 3) readStruct(cursor.message(), node.metadata, MAX_DEPTH);
    else if (field === 4) readLocality(cursor.message(), node.locality);
    else if (field === 6) node.userAgentName = cursor.text();
    else if (field === 7) node.userAgentVersion = cursor.text();
    else if (field === 8) node.userAgentVersion = readBuildVersion(cursor.message());
    else if (field === 10) node.clientFeatures.push(cursor.text());
  }
  return node;
}

function readLocality(cursor: ProtobufCursor, locality: ReadNode["locality"]): void {
  for (let field = cursor.next(); field !== 0; field = cursor.next()) {
    if (field === 1) locality.region = cursor.text();
    else if (field === 2) locality.zone = cursor.text();
    else if (field === 3) locality.subZone = cursor.text();
  }
}

/** `BuildVersion`: empty where it has no version. */
function readBuildVersion(cursor: ProtobufCursor): string {
  let version = "";
  for (let field = cursor.next(); field !== 0; field = cursor.next()) {
    if (field === 1) version = readSemanticVersion(cursor.message());
  }
  return version;
}

function readSemanticVersion(cursor: ProtobufCursor): string {
  const parts = [0, 0, 0];
  for (let field = cursor.next(); field !== 0; field = cursor.next()) {
    if (field <= 3) parts[field - 1] = cursor.number();
  }
  return parts.join(".");
}

/** `google.protobuf.Struct`. */
function readStruct(cursor: ProtobufCursor, into: JsonObject, depth: number): JsonObject {
  if (depth === 0) throw new RangeError("nested too deep");
  for (let field = cursor.next(); field !== 0; field = cursor.next()) {
    if (field === 1) readEntry(cursor.message(), into, depth);
  }
  return into;
}

function readEntry(cursor: ProtobufCursor, into: JsonObject, depth: number): void {
  let key = "";
  let value: JsonValue = null;
  for (let field = cursor.next(); field !== 0; field = cursor.next()) {
    if (field === 1) key = cursor.text();
    else if (field === 2) value = readValue(cursor.message(), depth - 1);
  }
  // An assignment would set the prototype.
  if (key !== "__proto__") into[key] = value;
  else Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
}

function readValue(cursor: ProtobufCursor, depth: number): JsonValue {
  let value: JsonValue = null;
  for (let field = cursor.next(); field !== 0; field = cursor.next()) {
    if (field === 1) value = null;
    else if (field === 2) value = cursor.double();
    else if (field === 3) value = cursor.text();
    else if (field === 4) value = cursor.number() !== 0;
    else if (field === 5) value = readStruct(cursor.message(), {}, depth);
    else if (field === 6) value = readList(cursor.message(), depth);
  }
  return value;
}

function readList(cursor: ProtobufCursor, depth: number): JsonValue[] {
  if (depth === 0) throw new RangeError("nested too deep");
  const values: JsonValue[] = [];
  for (let field = cursor.next(); field !== 0; field = cursor.next()) {
    if (field === 1) values.push(readValue(cursor.message(), depth - 1));
  }
  return values;
}
