import type { Hostname, ObjectKey } from "@portolan/model";
import type { StoredManifest } from "../source.ts";
import type { Tombstone } from "../vip/tombstone.ts";

/** What survives a restart. */
export interface StoredState {
  readonly revision: number;
  readonly manifests: readonly StoredManifest[];
  /** Indexes of living host names. */
  readonly vips: ReadonlyMap<Hostname, number>;
  readonly tombstones: readonly Tombstone[];
}

/** One revision; undefined removes. */
export interface StoreChange {
  readonly revision: number;
  readonly manifests: ReadonlyMap<ObjectKey, StoredManifest | undefined>;
  readonly vips: ReadonlyMap<Hostname, number | undefined>;
  readonly tombstones: ReadonlyMap<Hostname, Tombstone | undefined>;
}

/** Keeps the state of one registry. */
export interface Store {
  load(): StoredState;
  /**
   * All of it or nothing; on the disk when it returns, but for the number of a revision that holds nothing else: after a crash the count may go
   * on further ahead, never behind. Throws `store-failed`.
   */
  commit(change: StoreChange): void;
  /** A copy of all of it, as the bytes of a database; undefined where nothing is kept. Throws `store-failed`. */
  copy(): Uint8Array | undefined;
  close(): void;
}

/** Keeps nothing: for a registry without a data folder. */
export function createMemoryStore(): Store {
  return {
    load: () => ({ revision: 0, manifests: [], vips: new Map(), tombstones: [] }),
    commit: () => {},
    copy: () => undefined,
    close: () => {},
  };
}
