import { decodeDocument, splitDocuments } from "@portolan/config";
import {
  applyBatch,
  type Batch,
  defaultMeshSettings,
  emptySnapshot,
  hostsWithoutVip,
  type MeshChange,
  type MeshObject,
  type MeshSnapshot,
  type Namespace,
  type Problem,
  placeVips,
  reservedIndexes,
  type SnapshotFeed,
} from "@portolan/model";

export interface DecodedMesh {
  readonly objects: readonly MeshObject[];
  readonly problems: readonly Problem[];
}

/** The objects of a file's text, decoded as the file source does. */
export function objectsOfYaml(text: string, file = "mesh.yaml"): DecodedMesh {
  const decoded = splitDocuments(text).map((slice) =>
    decodeDocument(slice, { source: "files", file, namespace: "default" as Namespace }),
  );
  return { objects: decoded.flatMap(({ objects }) => objects), problems: decoded.flatMap(({ problems }) => problems) };
}

/** A mesh that is edited batch by batch, its VIPs placed as the registry places them. */
export interface EditedMesh extends SnapshotFeed {
  edit(batch: Partial<Pick<Batch, "upserted" | "removed">>): MeshChange;
}

export function createMesh(objects: readonly MeshObject[]): EditedMesh {
  const listeners = new Set<(snapshot: MeshSnapshot, change: MeshChange) => void>();
  let snapshot = emptySnapshot(defaultMeshSettings());
  const mesh: EditedMesh = {
    get snapshot() {
      return snapshot;
    },
    onPublish(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    edit({ upserted = [], removed = [] }) {
      const revision = snapshot.revision + 1;
      const named = applyBatch(snapshot, { revision, upserted, removed, vips: new Map() }).snapshot;
      const taken = new Set([...named.vips.values(), ...reservedIndexes(named)]);
      const vips = placeVips(hostsWithoutVip(named), taken, named.settings).placed;
      const { snapshot: next, change } = applyBatch(snapshot, { revision, upserted, removed, vips });
      snapshot = next;
      for (const listener of listeners) listener(next, change);
      return change;
    },
  };
  mesh.edit({ upserted: objects });
  return mesh;
}
