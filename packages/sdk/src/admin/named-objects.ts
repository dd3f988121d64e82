import { type ObjectKey, objectKey } from "@portolan/model";
import { parseAllDocuments } from "yaml";
import { SdkError } from "../error.ts";

/** The objects that YAML names, without a look at what it says of them: deleting needs no valid spec. */
export function namedObjects(text: string, namespace: string): readonly ObjectKey[] {
  const keys: ObjectKey[] = [];
  for (const document of parseAllDocuments(text)) {
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    const items =
      typeof value === "object" && value !== null && "items" in value && Array.isArray(value.items)
        ? value.items
        : [value];
    for (const item of items) {
      if (item === null || item === undefined) continue;
      const { kind, metadata } = item as { kind?: unknown; metadata?: { name?: unknown; namespace?: unknown } };
      if (typeof kind !== "string" || typeof metadata?.name !== "string") {
        throw new SdkError("bad-data", "a document has no kind or no metadata.name: name what is to be deleted");
      }
      const own = typeof metadata.namespace === "string" ? metadata.namespace : namespace;
      keys.push(objectKey(kind, kind === "Namespace" ? "" : own, metadata.name));
    }
  }
  return keys;
}
