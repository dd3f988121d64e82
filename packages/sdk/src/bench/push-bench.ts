import { setTimeout as delay } from "node:timers/promises";
import { printable } from "@portolan/model";
import { SdkError } from "../error.ts";
import { CHANGES, eachChange } from "./change-address.ts";
import type { BenchDialect, BenchNode } from "./discovery-wire.ts";
import type { GrpcTarget } from "./grpc-stream.ts";
import { createHistogram, type LatencySummary } from "./histogram.ts";
import { CLUSTERS, ENDPOINTS, endpointNames } from "./preflight.ts";
import { createPropagation, type Propagation } from "./propagation.ts";
import { createSwarm } from "./swarm.ts";
import type { Trigger } from "./trigger.ts";

export interface PushBenchOptions {
  readonly target: GrpcTarget;
  readonly streams: number;
  /** How many of the server's endpoint names each stream subscribes to; all unless given. */
  readonly resources?: number | undefined;
  readonly dialect: BenchDialect;
  node(stream: number): BenchNode;
  /** Absent: whatever changes while it runs is measured, from the first stream that receives it to the others. */
  readonly trigger?: Trigger | undefined;
  /** Changes a second. */
  readonly rate: number;
  readonly durationMs: number;
  /** Called when the streams are served and before the first change; the signal that it gives ends the run early. */
  readonly served?: (streams: number, resources: number) => AbortSignal;
}

export interface PushBenchReport {
  readonly streams: number;
  readonly dialect: BenchDialect;
  /** Endpoint names that each stream subscribed to. */
  readonly resources: number;
  readonly changes: number;
  readonly responses: number;
  readonly bytes: number;
  /** Changes that did not reach a stream within 10 s after the last one, summed over the streams. */
  readonly missing: number;
  /** Streams that the server ended. */
  readonly ended: number;
  /** From the start of a connection to the answer for all that it subscribed to. */
  readonly connect: LatencySummary;
  /** What `push` counts from. */
  readonly since: "trigger" | "first-receipt";
  /** To the receipt on each stream; the acknowledgement leaves at that moment. */
  readonly push: LatencySummary;
  readonly octaves: readonly { readonly leMs: number; readonly count: number }[];
}

const CONNECT_AT_ONCE = 256;
const DRAIN_MS = 10_000;

/**
 * Connects streams to an xDS server, has it change something at a fixed rate whatever it answers (an open loop), and
 * measures how long each change takes to reach each stream.
 *
 * @throws SdkError `unreachable`, `failed`
 */
export async function benchPush(options: PushBenchOptions): Promise<PushBenchReport> {
  const { target, dialect, streams, trigger } = options;
  const known = await endpointNames(target, dialect, options.node(0));
  const names = known.slice(0, options.resources ?? known.length);
  const latencies = createHistogram();
  const propagation = createPropagation(streams, latencies);
  const received = receiver(propagation, trigger);
  let measuring = false;
  const swarm = createSwarm({
    target,
    streams,
    dialect,
    subscriptions: [
      { typeUrl: CLUSTERS, names: [] },
      { typeUrl: ENDPOINTS, names },
    ],
    node: options.node,
    connectAtOnce: CONNECT_AT_ONCE,
    received: (stream, message, head) => {
      if (measuring) received(stream, message, `${head.typeUrl} ${head.version.toString()}`);
    },
  });
  try {
    await swarm.connect();
    if (swarm.ended.count === streams) {
      throw new SdkError("failed", `no stream is served: ${printable(swarm.ended.reason, 200)}`);
    }
    const before = { ...swarm.traffic };
    const signal = options.served?.(streams - swarm.ended.count, names.length);
    measuring = true;
    if (trigger === undefined) await pause(options.durationMs, signal);
    else await drive(trigger, propagation, options, signal);
    return {
      streams,
      dialect,
      resources: names.length,
      changes: propagation.begun,
      responses: swarm.traffic.responses - before.responses,
      bytes: swarm.traffic.bytes - before.bytes,
      missing: propagation.missing(),
      ended: swarm.ended.count,
      connect: swarm.served.summary(),
      since: trigger === undefined ? "first-receipt" : "trigger",
      push: latencies.summary(),
      octaves: latencies.octaves(),
    };
  } finally {
    swarm.disconnect();
  }
}

/** How a response is taken for changes. */
function receiver(propagation: Propagation, trigger: Trigger | undefined) {
  if (trigger?.marked === true) {
    return (stream: number, message: Buffer) => {
      const atMs = performance.now();
      eachChange(message, (change) => {
        if (change < propagation.begun) propagation.seen(stream, change, atMs);
      });
    };
  }
  if (trigger !== undefined) return (stream: number) => propagation.seenAll(stream, performance.now());
  // A version that no stream had before begins a change.
  const changes = new Map<string, number>();
  return (stream: number, _message: Buffer, version: string) => {
    const atMs = performance.now();
    const change = changes.get(version) ?? propagation.begin(0, atMs);
    changes.set(version, change);
    propagation.seen(stream, change, atMs);
  };
}

/** Fires whether or not what was fired before has been answered. */
async function drive(
  trigger: Trigger,
  propagation: Propagation,
  options: PushBenchOptions,
  signal: AbortSignal | undefined,
): Promise<void> {
  const count = Math.min(CHANGES, Math.max(1, Math.round((options.rate * options.durationMs) / 1000)));
  const startMs = performance.now();
  const running: Promise<void>[] = [];
  const failures: unknown[] = [];
  for (let at = 0; at < count && failures.length === 0; at++) {
    await pause(Math.max(0, startMs + (at * 1000) / options.rate - performance.now()), signal);
    if (signal?.aborted === true) break;
    running.push(fireOne(trigger, propagation).catch((error: unknown) => void failures.push(error)));
  }
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
  if (propagation.begun > 0) await propagation.everywhere(propagation.begun - 1, DRAIN_MS, signal);
}

/** Shorter where the signal is aborted. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}

async function fireOne(trigger: Trigger, propagation: Propagation): Promise<void> {
  const change = propagation.begin(0, trigger.fromStart ? performance.now() : undefined);
  await trigger.fire(change);
  if (!trigger.fromStart) propagation.accepted(change, performance.now());
}
