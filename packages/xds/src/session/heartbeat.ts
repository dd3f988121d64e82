import type { ReplicaResource } from "../snapshot/replica.ts";
import type { SentTable } from "./sent-table.ts";

/** When the client must hear again of what it would drop by itself, in half of each resource's TTL. */
export interface Heartbeats {
  readonly dueMs: Map<string, number>;
  /** The earliest of them; never: Infinity. */
  nextMs: number;
}

/** What of a type's state concerns them. */
interface Renewable {
  /** Undefined where the client is told no TTL. */
  readonly heartbeats: Heartbeats | undefined;
  readonly sent: SentTable;
  readonly inFlight: unknown;
}

export function createHeartbeats(): Heartbeats {
  return { dueMs: new Map(), nextMs: Number.POSITIVE_INFINITY };
}

/** The client was told these, and their TTLs with them. */
export function noteTold(
  { heartbeats }: Renewable,
  resources: Iterable<readonly [string, ReplicaResource | undefined]>,
  nowMs: number,
): void {
  if (heartbeats === undefined) return;
  for (const [name, resource] of resources) {
    if (resource?.ttlMs !== undefined) schedule(heartbeats, name, nowMs + resource.ttlMs / 2);
    else heartbeats.dueMs.delete(name);
  }
}

/** The client has these from an earlier stream, or without the TTLs that they have now: it is told at the next occasion. */
export function noteHeld({ heartbeats }: Renewable, resources: Iterable<ReplicaResource>): void {
  if (heartbeats === undefined) return;
  for (const { name, ttlMs } of resources) if (ttlMs !== undefined) schedule(heartbeats, name, 0);
}

/** Whether the client was told another TTL: a heartbeat says that it has one, and only the resource that it has none. */
export function isOtherTtl(sent: ReplicaResource | undefined, target: ReplicaResource | undefined): boolean {
  return sent?.ttlMs !== undefined && sent.ttlMs !== target?.ttlMs;
}

/** Takes those that are due, and those that will be soon. */
export function takeHeartbeats(state: Renewable, nowMs: number): readonly ReplicaResource[] {
  const { heartbeats } = state;
  if (heartbeats === undefined || heartbeats.nextMs > nowMs) return NONE;
  const taken: ReplicaResource[] = [];
  heartbeats.nextMs = Number.POSITIVE_INFINITY;
  for (const [name, dueMs] of heartbeats.dueMs) {
    const resource = state.sent.get(name);
    if (resource?.ttlMs === undefined) {
      heartbeats.dueMs.delete(name);
    } else if (dueMs <= nowMs + resource.ttlMs / 8) {
      taken.push(resource);
      schedule(heartbeats, name, nowMs + resource.ttlMs / 2);
    } else schedule(heartbeats, name, dueMs);
  }
  return taken;
}

/** When one of these types needs another step; undefined: as far as TTLs go, never. */
export function nextHeartbeatMs(states: readonly Renewable[]): number | undefined {
  let next = Number.POSITIVE_INFINITY;
  for (const { heartbeats, inFlight } of states) {
    // What is under way must be answered first, and the answer is a step.
    if (heartbeats !== undefined && inFlight === undefined) next = Math.min(next, heartbeats.nextMs);
  }
  return next === Number.POSITIVE_INFINITY ? undefined : next;
}

function schedule(heartbeats: Heartbeats, name: string, dueMs: number): void {
  heartbeats.dueMs.set(name, dueMs);
  heartbeats.nextMs = Math.min(heartbeats.nextMs, dueMs);
}

const NONE: readonly ReplicaResource[] = [];
