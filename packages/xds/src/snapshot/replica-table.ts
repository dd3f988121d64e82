import type { ResourceName } from "../resource/resource-name.ts";
import type { ChangeLog } from "./change-log.ts";

/** A resource as sessions see it. `bytes` is the memory that holds the body at `offset`, `length` long. */
export interface ReplicaResource extends ResourceName {
  readonly version: string;
  /** How long a client that hears nothing more of it keeps it. */
  readonly ttlMs: number | undefined;
  readonly references: readonly ResourceName[];
  /** Undefined where nobody may need it any more. */
  bytes: Uint8Array | undefined;
  offset: number;
  length: number;
}

/** The resources of one type in one layer. */
export interface ReplicaTable {
  /** No other table of this replica has it. */
  readonly number: number;
  readonly resources: ReadonlyMap<string, ReplicaResource>;
  readonly log: ChangeLog;
}
