import type { Hostname } from "../names.ts";
import type { ObjectKey } from "../object/key.ts";
import type { MeshObject } from "../object/object.ts";
import { applyBatch } from "../snapshot/apply-batch.ts";
import { defaultMeshSettings } from "../snapshot/default-settings.ts";
import { emptySnapshot } from "../snapshot/empty-snapshot.ts";
import type { ImmutableMap } from "../snapshot/immutable-map.ts";
import type { MeshChange, MeshSnapshot } from "../snapshot/mesh-snapshot.ts";

/** A mesh of these objects, from one batch. */
export function meshOf(...objects: readonly MeshObject[]): MeshSnapshot {
  return edited(emptySnapshot(defaultMeshSettings()), { upserted: objects }).snapshot;
}

/** A mesh after one more batch. */
export function edited(
  snapshot: MeshSnapshot,
  batch: {
    readonly upserted?: readonly MeshObject[];
    readonly removed?: readonly ObjectKey[];
    readonly vips?: Readonly<Record<string, number | undefined>>;
  },
): { snapshot: MeshSnapshot; change: MeshChange } {
  return applyBatch(snapshot, {
    revision: snapshot.revision + 1,
    upserted: batch.upserted ?? [],
    removed: batch.removed ?? [],
    vips: new Map(Object.entries(batch.vips ?? {}) as [Hostname, number | undefined][]),
  });
}

/** Every map of a snapshot as a plain Map in the order of its keys, to be compared. */
export function plainSnapshot(snapshot: MeshSnapshot): Record<string, unknown> {
  const { revision: _, ...parts } = snapshot;
  const plain = Object.entries(parts).map(([name, part]: [string, unknown]) => [
    name,
    isMap(part) ? toMap(part) : part,
  ]);
  return Object.fromEntries(plain);
}

function toMap(part: ImmutableMap<string, unknown>): ReadonlyMap<string, unknown> {
  return new Map([...part].sort(byKey));
}

function isMap(part: unknown): part is ImmutableMap<string, unknown> {
  return typeof part === "object" && part !== null && "differences" in part;
}

function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : 1;
}
