import type { Brand } from "../brand.ts";

/** `Kind/namespace/name`: the unit of ownership, of replacement and of "one bad thing". */
export type ObjectKey = Brand<string, "ObjectKey">;

export function objectKey(kind: string, namespace: string, name: string): ObjectKey {
  // Joined, which gives a flat text: V8 makes a tree of a template's parts, and keeps it.
  return [kind, namespace, name].join("/") as ObjectKey;
}

export function splitObjectKey(key: ObjectKey): { kind: string; namespace: string; name: string } {
  const [kind = "", namespace = "", ...name] = key.split("/");
  return { kind, namespace, name: name.join("/") };
}
