import { groupOf, unusedKindOf, unusedMessage } from "../kinds/unused.ts";
import { Field } from "../read/field.ts";
import { Reading } from "../read/reading.ts";
import { treeOfJson } from "../tree/json.ts";
import type { TreeNode } from "../tree/node.ts";
import { nowhere, type Places, placesOf } from "../tree/places.ts";
import { parseTree } from "../tree/yaml.ts";
import { Collection } from "./collect.ts";
import type { DecodeContext, DecodedDocument, DocumentSlice } from "./decoded.ts";
import { originOf } from "./header.ts";
import { decodeMeshFile } from "./mesh-file.ts";
import { decodeObject } from "./object.ts";

/** Decodes one YAML document. Never throws: what is wrong is a problem with its place. */
export function decodeDocument(slice: DocumentSlice, context: DecodeContext): DecodedDocument {
  const collection = new Collection(context, slice.line);
  const places = placesOf(slice.text, slice.line);
  const unused = unusedKindOf(slice.text);
  if (unused !== undefined) {
    const reading = new Reading(originOf(context));
    const { severity, message } = unusedMessage(unused.group, unused.kind);
    reading.report(severity, "PTL1009", places.positionOf(unused.at), "", message);
    collection.leaveOut(reading);
    return collection.result();
  }
  const parsed = parseTree(slice.text);
  if (parsed.ok) decodeRoot(parsed.root, places, collection);
  else for (const { at, code, message } of parsed.errors) collection.unreadable(code, places.positionOf(at), message);
  return collection.result();
}

/** Decodes a value that was JSON, as the API takes it. Problems name the field; there is no place. */
export function decodeManifest(value: unknown, context: DecodeContext): DecodedDocument {
  const collection = new Collection(context, 1);
  decodeRoot(treeOfJson(value), nowhere, collection);
  return collection.result();
}

function decodeRoot(root: TreeNode | undefined, places: Places, collection: Collection): void {
  if (root === undefined || (root.kind === "scalar" && root.value === null)) return;
  if (root.kind === "map") {
    decodeMap(new Field(root, "", root.at, places, new Reading(originOf(collection.context))), collection);
  } else if (root.kind === "broken") {
    collection.unreadable(root.code, places.positionOf(root.at), root.message);
  } else {
    const found = root.kind === "list" ? "a list" : "plain text";
    const message = `the document is ${found}: an object with apiVersion, kind and metadata is expected`;
    collection.unreadable("PTL1011", places.positionOf(root.at), message);
  }
}

function decodeMap(root: Field, collection: Collection): void {
  if (decodeMeshFile(root, collection)) return;
  if (!isList(root)) {
    decodeObject(root, collection);
    return;
  }
  for (const item of root.get("items").items()) {
    decodeObject(item.asRoot(new Reading(originOf(collection.context), item.path)), collection);
  }
  if (root.reading.failed) collection.add(root.reading, undefined);
}

/** `kind: List`, as kubectl writes it, or a list of one kind, as the Kubernetes API does. */
function isList(field: Field): boolean {
  const kind = field.get("kind").scalar?.value;
  const version = field.get("apiVersion").scalar?.value;
  if (typeof kind !== "string" || typeof version !== "string" || !field.has("items")) return false;
  return kind === "List" ? groupOf(version) === "" : kind.endsWith("List");
}
