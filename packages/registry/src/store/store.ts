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

/**
 * Keeps the state of one registry. What takes its time elsewhere gives a promise, and what it does not give it throws, or rejects with:
 * `store-failed`.
 */
export interface Store {
  /** What was there when it was opened, and was committed before anything takes its time elsewhere. */
  load(): StoredState;
  /**
   * All of it or nothing; on the disk when it returns or its promise resolves, but for the number of a revision that holds nothing else: after a
   * crash the count may go on further ahead, never behind. Where it fails it may all the same be there: see `restate`. The next is given when
   * this one is done.
   */
  commit(change: StoreChange): Promise<void> | undefined;
  /** A copy of all of it, as the bytes of a database; undefined where nothing is kept. */
  copy(): Promise<Uint8Array> | Uint8Array | undefined;
  close(): Promise<void> | undefined;
}

/** A store whose every word is done when it returns. */
export interface PlainStore extends Store {
  commit(change: StoreChange): undefined;
  copy(): Uint8Array | undefined;
  close(): undefined;
}

/** Keeps nothing: for a registry without a data folder. */
export function createMemoryStore(): PlainStore {
  return {
    load: () => ({ revision: 0, manifests: [], vips: new Map(), tombstones: [] }),
    commit: () => undefined,
    copy: () => undefined,
    close: () => undefined,
  };
}
