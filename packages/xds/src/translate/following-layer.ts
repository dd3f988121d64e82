import type { MeshSnapshot } from "@portolan/model";
import type { LayerId } from "../snapshot/ids.ts";
import type { LayerUpdate } from "../snapshot/snapshot-store.ts";
import type { Dirty } from "./dirty.ts";

/** A layer that is kept up to date with the mesh for as long as some view lists it. */
export interface FollowingLayer {
  readonly id: LayerId;
  follow(mesh: MeshSnapshot, dirty: Dirty): void;
  /** What differs since the last call. */
  takeUpdate(): LayerUpdate | undefined;
  close(): void;
}
