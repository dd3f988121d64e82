import type { Brand } from "../brand.ts";

/** `Kind/namespace/name`: the unit of ownership, of replacement and of "one bad thing". */
export type ObjectKey = Brand<string, "ObjectKey">;

export function objectKey(kind: string, namespace: string, name: string): ObjectKey {
  return `${kind}/${namespace}/${name}` as ObjectKey;
}

export function splitObjectKey(key: ObjectKey): { kind: string; namespace: string; name: string } {
  const [kind = "", namespace = "", ...name] = key.split("/");
  return { kind, namespace, name: name.join("/") };
}
