import { type Namespace, objectKey } from "@portolan/model";
import { decodeMeshConfig } from "../kinds/mesh-config.ts";
import { decodeMeshNetworks } from "../kinds/mesh-networks.ts";
import type { Field } from "../read/field.ts";
import type { Collection } from "./collect.ts";
import { originOf } from "./header.ts";

/** The namespace and name of Istio's ConfigMap: a file and a ConfigMap that both hold settings are then seen to be two owners of one object. */
const NAMESPACE = "istio-system" as Namespace;
const NAME = "istio";

const FILES = [
  { name: /(?:^|[\\/])mesh\.ya?ml$/, kind: "MeshConfig", decode: decodeMeshConfig },
  { name: /(?:^|[\\/])mesh-networks\.ya?ml$/, kind: "MeshNetworks", decode: decodeMeshNetworks },
] as const;

/** Decodes settings that stand bare in a file of their name; false where the document is none. */
export function decodeMeshFile(root: Field, collection: Collection): boolean {
  const { file = "" } = collection.context;
  const found = FILES.find((one) => one.name.test(file));
  if (found === undefined || root.has("kind") || root.has("apiVersion")) return false;
  const { reading, position } = root;
  reading.object = objectKey(found.kind, NAMESPACE, NAME);
  const origin = { ...originOf(collection.context), ...(position === undefined ? {} : { position }) };
  const none = new Map<string, string>();
  const meta = {
    namespace: NAMESPACE,
    name: NAME,
    labels: none,
    annotations: none,
    origin,
    positions: reading.positions,
  };
  collection.add(reading, found.decode(root, meta));
  return true;
}
