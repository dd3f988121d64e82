import { formatOrigin, type MeshObject, type ObjectKey, splitObjectKey } from "@portolan/model";
import { formatProblem, type Registry } from "@portolan/registry";
import { parse } from "yaml";

/** An object as the admin API lists it. */
export interface ListedObject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** `mesh.yaml:6:1`, or the source. */
  readonly origin: string;
  /** What is wrong with it, one line each; absent where nothing is. */
  readonly problems?: readonly string[];
  /** As it was written; present where manifests were asked for. */
  readonly manifest?: unknown;
}

/** The errors of each object that has any, as lines. */
export function problemLines(registry: Pick<Registry, "problems">): ReadonlyMap<ObjectKey, readonly string[]> {
  const lines = new Map<ObjectKey, string[]>();
  for (const problem of registry.problems()) {
    if (problem.object === undefined || problem.severity !== "error") continue;
    const line = `error: ${formatProblem(problem)}`;
    lines.set(problem.object, [...(lines.get(problem.object) ?? []), line]);
  }
  return lines;
}

export function listObject(
  registry: Registry,
  key: ObjectKey,
  object: MeshObject,
  more: { readonly problems: readonly string[] | undefined; readonly manifest: boolean },
): ListedObject {
  const origin = formatOrigin(registry.originOf(key) ?? object.meta.origin);
  const text = more.manifest ? registry.manifest(key) : undefined;
  return {
    ...splitObjectKey(key),
    origin,
    ...(more.problems === undefined ? {} : { problems: more.problems }),
    ...(text === undefined ? {} : { manifest: manifestOf(text, object) }),
  };
}

/** The manifest as a value, with its namespace; of a document that holds several objects, the one that is meant. */
function manifestOf(text: string, { kind, meta }: MeshObject): unknown {
  const value: unknown = parse(text);
  const items = isRecord(value) && Array.isArray(value.items) ? value.items : [value];
  const named = items.filter((item) => isRecord(item) && isRecord(item.metadata) && item.metadata.name === meta.name);
  const found: unknown = named.find((item) => isRecord(item) && item.kind === kind) ?? named[0] ?? value;
  if (!isRecord(found) || !isRecord(found.metadata) || meta.namespace === "") return found;
  return { ...found, metadata: { namespace: meta.namespace, ...found.metadata } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
