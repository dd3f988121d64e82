import type { ReplicaResource } from "../snapshot/replica.ts";
import type { KnownStep } from "./known-step.ts";
import type { SentChanges } from "./sent-news.ts";
import { SharedTable } from "./shared-table.ts";

/** What a client was sent, by name. */
export type SentTable = SharedTable<ReplicaResource, SentNote>;

interface SentNote {
  sum: Sum | undefined;
  /** What was worked out for the last stream that had this. */
  step: KnownStep | undefined;
}

/** It does not depend on the order in which things came, and costs what changed. */
interface Sum {
  readonly low: number;
  readonly high: number;
}

export function nothingSent(): SentTable {
  return SharedTable.of<ReplicaResource, SentNote>(new Map());
}

export function withSent(sent: SentTable, changes: SentChanges, before?: SentChanges): SentTable {
  const next = sent.with(changes, before);
  const sum = sent.note?.sum;
  if (sum !== undefined && next.note?.sum === undefined) noteOf(next).sum = summed(sum, sent, changes);
  return next;
}

export function noteOf(sent: SentTable): SentNote {
  sent.note ??= { sum: undefined, step: undefined };
  return sent.note;
}

/** One short text that is the same for the same content (SotW's `version_info`). */
export function versionOf(sent: SentTable): string {
  const note = noteOf(sent);
  note.sum ??= summed({ low: 0, high: 0 }, undefined, new Map(entriesOf(sent)));
  return hex(note.sum.high) + hex(note.sum.low);
}

function* entriesOf(sent: SentTable): Iterable<[string, ReplicaResource]> {
  for (const resource of sent.values()) yield [resource.name, resource];
}

function summed(sum: Sum, sent: SentTable | undefined, changes: SentChanges): Sum {
  let { low, high } = sum;
  function count(resource: ReplicaResource | undefined, sign: 1 | -1): void {
    if (resource === undefined) return;
    const text = `${resource.name}\n${resource.version}`;
    low = (low + sign * fnv(text, 0x811c9dc5)) >>> 0;
    high = (high + sign * fnv(text, 0x9747b28c)) >>> 0;
  }
  for (const [name, resource] of changes) {
    count(sent?.get(name), -1);
    count(resource, 1);
  }
  return { low, high };
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}

/** FNV-1a over UTF-16 units: spreads well, and guards against nothing. */
function fnv(text: string, seed: number): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
