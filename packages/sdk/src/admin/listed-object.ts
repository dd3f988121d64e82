import { formatOrigin, type MeshObject, type ObjectKey, splitObjectKey } from "@portolan/model";
import type { Registry } from "@portolan/registry";
import { parse } from "yaml";

/** An object as the admin API lists it. */
export interface ListedObject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** `mesh.yaml:6:1`, or the source. */
  readonly origin: string;
  /** As it was written; present where manifests were asked for. */
  readonly manifest?: unknown;
}

export function listObject(
  registry: Registry,
  key: ObjectKey,
  object: MeshObject,
  withManifest: boolean,
): ListedObject {
  const origin = formatOrigin(registry.originOf(key) ?? object.meta.origin);
  const text = withManifest ? registry.manifest(key) : undefined;
  return { ...splitObjectKey(key), origin, ...(text === undefined ? {} : { manifest: manifestOf(text, object) }) };
}

/** The manifest as a value; of a document that holds several objects, the one that is meant. */
function manifestOf(text: string, object: MeshObject): unknown {
  const value: unknown = parse(text);
  const items = isRecord(value) && Array.isArray(value.items) ? value.items : [value];
  const named = items.filter(
    (item) => isRecord(item) && isRecord(item.metadata) && item.metadata.name === object.meta.name,
  );
  return named.find((item) => isRecord(item) && item.kind === object.kind) ?? named[0] ?? value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
