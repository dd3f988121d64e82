import type { MeshChange, MeshSnapshot } from "./mesh-snapshot.ts";

/** Who publishes snapshots (the registry) as those who follow them (xDS, DNS) see it. */
export interface SnapshotFeed {
  readonly snapshot: MeshSnapshot;
  /** Called after each publication, in order, synchronously. Gives the function that ends it. */
  onPublish(listener: (snapshot: MeshSnapshot, change: MeshChange) => void): () => void;
}
