import type { MeshObject, MeshSettings, ObjectKey, Origin, Problem, SnapshotFeed } from "@portolan/model";
import type { SourceFactory, WriteChange } from "./source.ts";

export interface RegistryOptions {
  /** In the order in which they own what two of them say at start; stored API objects come before all. */
  readonly sources: readonly SourceFactory[];
  /** Folder for what must survive a restart; absent: nothing does. */
  readonly data?: string;
  /** `start()` rejects with `bad-objects` where any object is bad. */
  readonly strict?: boolean;
  /** Window and most that a change waits, after the first which leaves at once; 10 and 100 ms. */
  readonly debounce?: { readonly windowMs?: number; readonly maxMs?: number };
  readonly vips?: {
    /** A released VIP is not given to another host before; 30 s. */
    readonly dnsTtlMs?: number;
    /** Whether every connected proxy has acknowledged that revision or a later one; true unless given. */
    readonly acknowledged?: (revision: number) => boolean;
  };
  /** What holds where no MeshConfig says otherwise, in the stead of the built-in defaults. */
  readonly settings?: Partial<MeshSettings>;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

/** Sources, merged into one snapshot that grows revision by revision. */
export interface Registry extends SnapshotFeed, AsyncDisposable {
  /** Resolves when every source has said all that it has and the first snapshot is published. Errors: {@link RegistryError}. */
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly synced: boolean;
  /** Everything that is wrong now, by file and line. */
  problems(): readonly Problem[];
  object(key: ObjectKey): MeshObject | undefined;
  /** Where the object stands now. */
  originOf(key: ObjectKey): Origin | undefined;
  /** The object as it was written, unchanged. */
  manifest(key: ObjectKey): string | undefined;
  /**
   * Answers when the change is durable and published. Rejects with `bad-objects`, `conflict` (another source owns the object: its
   * place is named), `not-found`, `read-only` (there is no API source), `store-failed`, `not-running`.
   */
  write(change: WriteChange): Promise<WriteResult>;
  /**
   * A copy of what survives a restart, as the bytes of a `portolan.db`; undefined without a data folder. The process may do nothing else
   * meanwhile. Rejects with `store-failed`, `not-running`.
   */
  copyData(): Promise<Uint8Array | undefined>;
  readonly counts: RegistryCounts;
}

export interface WriteResult {
  readonly revision: number;
  /** Objects that were written or removed, in the order of the request. */
  readonly keys: readonly ObjectKey[];
  /** Warnings about what was written. */
  readonly problems: readonly Problem[];
}

/** Since the start of the process. */
export interface RegistryCounts {
  readonly documentsDecoded: number;
  readonly revisionsPublished: number;
}
