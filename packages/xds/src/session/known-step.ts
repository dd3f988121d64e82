import type { ReplicaResource } from "../snapshot/replica.ts";
import type { Position } from "../snapshot/typed-view.ts";
import type { Dialect } from "./protocol.ts";
import type { SentChanges, SentNews } from "./sent-news.ts";
import type { NameTable } from "./shared-lists.ts";

/** Where a stream is, for one type: two that agree in it are told the same next. */
export interface StepStart {
  readonly dialect: Dialect;
  /** How far the view was read; undefined: it is to be compared whole. */
  readonly from: Position | undefined;
  readonly to: Position;
  readonly revision: number;
  readonly names: NameTable;
  readonly wildcard: boolean;
  readonly announce: boolean;
  /** Whether the client is told TTLs. */
  readonly timed: boolean;
  readonly tellsMissing: boolean;
  readonly due: ReadonlySet<string> | undefined;
  readonly unanswered: ReadonlySet<string> | undefined;
}

/** What was worked out for one stream, for those that come to the same place: after it nothing is due. */
export interface KnownStep {
  readonly start: StepStart;
  /** Undefined: there is nothing to tell. */
  readonly news: SentNews | undefined;
  /** What the client proved to have. */
  readonly proved: ReadonlyMap<string, ReplicaResource>;
  /** The news and that together. */
  readonly changes: SentChanges;
  /** Those of the news that refer to what must have been sent before. */
  readonly waiting: readonly ReplicaResource[];
  /** Whether it changes something that others are children of. */
  readonly parents: boolean;
  /** Whether another stream was told it. */
  followed: boolean;
}
