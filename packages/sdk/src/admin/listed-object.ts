import { formatOrigin, type MeshObject, type ObjectKey, splitObjectKey } from "@portolan/model";
import { formatProblem, type Registry } from "@portolan/registry";
import type { ManifestReader } from "./manifests.ts";

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
  more: { readonly problems: readonly string[] | undefined; readonly manifestOf: ManifestReader | undefined },
): ListedObject {
  const origin = formatOrigin(registry.originOf(key) ?? object.meta.origin);
  const manifest = more.manifestOf?.(key, object);
  return {
    ...splitObjectKey(key),
    origin,
    ...(more.problems === undefined ? {} : { problems: more.problems }),
    ...(manifest === undefined ? {} : { manifest }),
  };
}
