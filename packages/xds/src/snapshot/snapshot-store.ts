import type { ObjectKey } from "@portolan/model";
import type { EncodedResource } from "../resource/encoded-resource.ts";
import type { ResourceName } from "../resource/resource-name.ts";
import type { LayerId, ViewId } from "./ids.ts";
import type { SnapshotMessage } from "./message.ts";

/** What changes in one layer. What is neither set nor removed stays. */
export interface LayerUpdate {
  readonly layer: LayerId;
  readonly set: readonly EncodedResource[];
  readonly removed: readonly ResourceName[];
}

export interface ViewDefinition {
  readonly view: ViewId;
  /** Where two layers hold one name, the earlier one wins. */
  readonly layers: readonly LayerId[];
}

/** One transaction. Views come first, then layers: what is checked is what there is in the end. */
export interface SnapshotUpdate {
  /** The caller's own number of this state; the store's is the greatest that it was given. One more than that unless given. */
  readonly revision?: number;
  readonly layers?: readonly LayerUpdate[];
  readonly views?: readonly ViewDefinition[];
  readonly droppedViews?: readonly ViewId[];
  /** A layer that a view still lists goes when the last such view does. */
  readonly droppedLayers?: readonly LayerId[];
}

/** A resource that is not served as it was given, because of another one. */
export interface HeldResource {
  /**
   * `refused`: it refers to what is not there, so its last version is served, or none; it is tried again when the
   * missing one arrives. `claimed`: the same, since `because` has what only one resource of a view may have, such as a listener's
   * address and port. `kept`: it was removed and is still served, since `because` refers to it. `dangling`: it is served in `view`
   * although what it refers to is not there, since that view was made of layers which others are served.
   */
  readonly kind: "refused" | "claimed" | "kept" | "dangling";
  readonly layer: LayerId;
  readonly resource: ResourceName;
  /** What is missing, who has what it claims, or who still refers to it. */
  readonly because: ResourceName;
  /** Of `dangling` alone. */
  readonly view?: ViewId;
  readonly origins: readonly ObjectKey[];
}

export interface UpdateReport {
  /** Whether any client may see a difference. */
  readonly changed: boolean;
  /** What this update added to `held()`. */
  readonly held: readonly HeldResource[];
}

/** A resource of a view with a copy of its bytes. */
export type ViewedResource = Omit<EncodedResource, "references">;

/**
 * What is served, in layers that views share. An update swaps what sessions will compare with; it touches no stream
 * and waits for none.
 */
export interface SnapshotStore {
  readonly revision: number;
  /** @throws XdsError `bad-option` where the revision is no whole number; nothing changes. */
  update(update: SnapshotUpdate): UpdateReport;
  /**
   * The store without layers, for anyone's resources: the view holds exactly these from now on. Versions may be the
   * caller's own (`EncodeOptions.version`). The revision grows by one.
   *
   * @throws XdsError `inconsistent-snapshot`, naming the reference or the address that two listeners claim; what was served
   * before stays.
   * `duplicate-resource` where a name occurs twice.
   */
  set(view: ViewId, resources: readonly EncodedResource[]): UpdateReport;
  delete(view: ViewId): void;
  /** Everything that is held back at present. */
  held(): readonly HeldResource[];
  views(): readonly ViewDefinition[];
  /** The resources of a view, sorted by type and name; undefined if there is no such view. */
  resources(view: ViewId): readonly ViewedResource[] | undefined;
  resource(view: ViewId, name: ResourceName): ViewedResource | undefined;
  /**
   * Gives everything as a first message, and each transaction from then on as another one, synchronously. Gives the
   * function that ends it.
   */
  subscribe(listener: (message: SnapshotMessage) => void): () => void;
}

export interface SnapshotStoreOptions {
  /** Resources that clients have from elsewhere, such as the clusters of a bootstrap: references to them are good. */
  readonly assumed?: readonly ResourceName[];
  /** Size of a part of the arena; 256 KiB. */
  readonly segmentBytes?: number;
}
