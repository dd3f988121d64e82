import type { ReplicaResource } from "../snapshot/replica.ts";
import type { SessionResponse } from "./protocol.ts";

/** Name -> what the client has; undefined: nothing. */
export type SentChanges = ReadonlyMap<string, ReplicaResource | undefined>;

/** A response with what it changes for the client: the same for every client that was where this one was. */
export interface SentNews {
  readonly previous: SentChanges;
  readonly taken: SentChanges;
  readonly response: SessionResponse;
}
