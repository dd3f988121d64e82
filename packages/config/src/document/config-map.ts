import { type MeshObject, type ObjectMeta, objectKey } from "@portolan/model";
import { decodeMeshConfig } from "../kinds/mesh-config.ts";
import { decodeMeshNetworks } from "../kinds/mesh-networks.ts";
import { unusedMessage } from "../kinds/unused.ts";
import { Field } from "../read/field.ts";
import { Reading } from "../read/reading.ts";
import { parseTree } from "../tree/yaml.ts";
import type { Collection } from "./collect.ts";
import { originOf, readHeader, readMeta } from "./header.ts";

/** What the keys of the ConfigMap `istio` hold. */
const SETTINGS = [
  { data: "mesh", kind: "MeshConfig", decode: decodeMeshConfig },
  { data: "meshNetworks", kind: "MeshNetworks", decode: decodeMeshNetworks },
] as const;

/** The ConfigMap `istio` gives up to two objects, each from YAML text of its own; other ConfigMaps are not ours. */
export function decodeConfigMap(root: Field, collection: Collection): void {
  const { reading } = root;
  const header = readHeader(root, "ConfigMap", "namespaced", collection.context);
  if (header === undefined) {
    collection.add(reading, undefined);
    return;
  }
  const { severity, message } = unusedMessage("", "ConfigMap");
  if (header.name !== "istio")
    reading.report(severity, "PTL1009", root.position, "", `${message} (only the one named istio is)`);
  collection.leaveOut(reading);
  if (header.name !== "istio") return;
  for (const { data, kind, decode } of SETTINGS) {
    const key = objectKey(kind, header.namespace, header.name);
    const own = new Reading(originOf(collection.context));
    own.object = key;
    const map = root.readBy(own);
    const text = map.get("data").get(data);
    if (!text.exists) continue;
    const meta = readMeta(map, { ...header, key }, own, collection.context);
    collection.add(own, decodeText(text, meta, decode));
  }
}

function decodeText(
  field: Field,
  meta: ObjectMeta,
  decode: (root: Field, meta: ObjectMeta) => MeshObject,
): MeshObject | undefined {
  const { scalar, reading } = field;
  // Its variables are looked for value by value, where they have a place.
  if (typeof scalar?.value !== "string")
    return field.wrong(`a text that holds YAML is expected: write "|" behind the key`);
  const parsed = parseTree(scalar.value);
  const places = field.places.within(scalar);
  if (parsed.ok) return decode(new Field(parsed.root, field.path, 0, places, reading), meta);
  for (const { at, code, message } of parsed.errors)
    reading.report("error", code, places.positionOf(at), field.path, message);
  return undefined;
}
