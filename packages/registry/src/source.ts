import type { MeshObject, Namespace, ObjectKey, Origin, Problem, Result } from "@portolan/model";

/** What a source says, as a value. */
export type SourceEvent =
  /** The first complete pass is over: everything that was there has been said. */
  | { readonly kind: "synced" }
  | { readonly kind: "upserted"; readonly object: MeshObject; readonly manifest: Manifest }
  | { readonly kind: "removed"; readonly key: ObjectKey }
  /** The same object stands at another place now (lines were added above it): no new revision. */
  | { readonly kind: "moved"; readonly key: ObjectKey; readonly origin: Origin }
  /**
   * What is wrong at a place (a file, a folder, a peer), in the stead of what was said of it before; an empty list: it is
   * well again. Objects keep their last good version until they are `removed`.
   */
  | { readonly kind: "failed"; readonly place: string; readonly problems: readonly Problem[] };

/** Events that belong together: applied all at once, in one revision. */
export type Settle = readonly SourceEvent[];

/** An object as it was written down. */
export interface Manifest {
  readonly text: string;
  /** Namespace of an object that names none. */
  readonly namespace: Namespace;
  /** What messages call it; absent where it has no file. */
  readonly file?: string;
  /** Line of `file` on which `text` begins, from 1. */
  readonly line: number;
}

export interface StoredManifest extends Manifest {
  readonly key: ObjectKey;
  /** Name of the source that keeps it. */
  readonly source: string;
}

/** What a source is given: a name, a clock, what it wrote before, and a way to let others run. */
export interface SourceEnvironment {
  /** The name that the source is to bear: the one that it asks for, or that with a number behind where another source has it. */
  nameFor(wanted: string): string;
  /** Monotonic. */
  nowMs(): number;
  /** Lets the event loop run other work; long work calls it every few milliseconds. */
  pause(): Promise<void>;
  /** Manifests that the store kept for the source of this name. */
  stored(): readonly StoredManifest[];
  /** Told after documents were decoded, for counters. */
  decoded(documents: number): void;
}

/** Says what it has, and then what changes. Never throws after `start`: what goes wrong is an event. */
export interface WatchedSource {
  readonly kind: "watched";
  readonly name: string;
  /** Resolves after `synced` was emitted; rejects only where the source cannot exist at all (`source-not-found`). */
  start(emit: (settle: Settle) => void): Promise<void>;
  stop(): Promise<void>;
}

/** Takes writes, which are durable before they are published. */
export interface WritableSource extends Omit<WatchedSource, "kind"> {
  readonly kind: "writable";
  /** What a write would say; the problems where it would say anything bad. */
  decode(change: WriteChange): Result<DecodedWrite, readonly Problem[]>;
}

export interface DecodedWrite {
  readonly settle: Settle;
  /** What is odd about it and no error. */
  readonly problems: readonly Problem[];
}

export type Source = WatchedSource | WritableSource;

export type SourceFactory = (environment: SourceEnvironment) => Source;

/** Text of one or more YAML or JSON documents. */
export interface ManifestText {
  readonly text: string;
  /** What messages call it, such as the file that a client read it from. */
  readonly file?: string;
  /** Namespace of objects that name none; `default` unless given. */
  readonly namespace?: Namespace;
}

/** Applied all or not at all. */
export interface WriteChange {
  readonly apply?: readonly ManifestText[];
  readonly remove?: readonly ObjectKey[];
}
