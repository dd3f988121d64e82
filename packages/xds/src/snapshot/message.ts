import type { ResourceName } from "../resource/resource-name.ts";
import type { LayerId, ViewId } from "./ids.ts";

/**
 * What crosses from the store to the replicas that sessions read, possibly in other threads: data only, so that it
 * survives `structuredClone`. One message is one transaction.
 */
export interface SnapshotMessage {
  readonly revision: number;
  /** Parts of the arena that this or later messages point into. */
  readonly segments: readonly Segment[];
  readonly droppedSegments: readonly number[];
  readonly layers: readonly LayerDelta[];
  readonly droppedLayers: readonly LayerId[];
  readonly views: readonly ViewUpdate[];
  readonly droppedViews: readonly ViewId[];
}

/** Memory that all threads share. It is written once and never again: what is no longer needed is dropped whole. */
export interface Segment {
  readonly id: number;
  readonly buffer: SharedArrayBuffer;
}

export interface LayerDelta {
  readonly layer: LayerId;
  readonly set: readonly ResourceUpdate[];
  /** The same versions as before, at another place. */
  readonly moved: readonly ResourceMove[];
  readonly removed: readonly ResourceName[];
}

export interface ResourceUpdate extends ResourceName {
  readonly version: string;
  readonly ttlMs: number | undefined;
  readonly references: readonly ResourceName[];
  readonly bytes: ResourceBytes;
}

/** Where a resource's bytes are: in the shared arena, or (secrets) in the message itself. */
export type ResourceBytes = ArenaSlice | { readonly kind: "inline"; readonly body: Uint8Array };

export interface ArenaSlice {
  readonly kind: "arena";
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
}

export interface ResourceMove extends ResourceName {
  readonly bytes: ArenaSlice;
}

export interface ViewUpdate {
  readonly view: ViewId;
  readonly layers: readonly LayerId[];
}
