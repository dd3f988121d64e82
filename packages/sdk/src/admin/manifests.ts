import type { MeshObject, ObjectKey } from "@portolan/model";
import type { Registry } from "@portolan/registry";
import { parse } from "yaml";
import { isRecord } from "../is-record.ts";

/** Gives an object's manifest as a value, with its namespace; undefined where it is not there any more. */
export type ManifestReader = (key: ObjectKey, object: MeshObject) => unknown;

interface Document {
  readonly value: unknown;
  /** What may be the object that is meant. */
  readonly items: readonly unknown[];
}

/** A document that holds several objects is parsed once for all of them. To be used for one answer. */
export function createManifestReader(registry: Pick<Registry, "manifest">): ManifestReader {
  const lists = new Map<string, Document>();

  function documentOf(text: string): Document {
    const known = lists.get(text);
    if (known !== undefined) return known;
    // It was accepted: that no key stands twice was seen then, and the library compares each key with every other.
    const value: unknown = parse(text, { uniqueKeys: false });
    if (!isRecord(value) || !Array.isArray(value.items)) return { value, items: [value] };
    const list = { value, items: value.items as unknown[] };
    lists.set(text, list);
    return list;
  }

  return (key, { kind, meta }) => {
    const text = registry.manifest(key);
    if (text === undefined) return undefined;
    const { value, items } = documentOf(text);
    const isNamed = (item: unknown) => {
      if (!isRecord(item) || !isRecord(item.metadata)) return false;
      // Null and "" stand for none as well.
      const { name, namespace } = item.metadata;
      return name === meta.name && (namespace || meta.namespace) === meta.namespace;
    };
    const named = items.filter(isNamed);
    const found = named.find((item) => isRecord(item) && item.kind === kind) ?? named[0] ?? value;
    if (!isRecord(found) || !isRecord(found.metadata) || meta.namespace === "") return found;
    return { ...found, metadata: { ...found.metadata, namespace: meta.namespace } };
  };
}
