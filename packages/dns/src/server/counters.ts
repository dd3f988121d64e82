import { rcodeName, TYPE, typeName } from "../wire/codes.ts";
import { queryChannel, type Transport } from "./channels.ts";

/** Answers of one kind, as metrics count them. */
export interface QueryCount {
  /** `A`, ..., or `other`. */
  readonly type: string;
  readonly rcode: string;
  readonly transport: Transport;
  readonly count: number;
}

/** CoreDNS's buckets, in seconds; each count holds those of the smaller ones, the last is for all. */
export interface DurationHistogram {
  readonly boundsSeconds: readonly number[];
  readonly counts: readonly number[];
  readonly sumSeconds: number;
}

export interface Counters {
  count(type: number, rcode: number, transport: Transport, by: "zone" | "forwarder" | "none", durationMs: number): void;
  drop(): void;
}

export interface Counts {
  readonly queries: readonly QueryCount[];
  readonly durations: DurationHistogram;
  /** UDP messages without an answer. */
  readonly dropped: number;
}

const BOUNDS = [
  0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192,
];
const BOUNDS_MS = Float64Array.from(BOUNDS, (seconds) => seconds * 1000);
const TYPES: readonly number[] = Object.values(TYPE);
const OTHER = TYPES.length;
/** By type; all that we know are below 256. */
const INDEX_OF_TYPE = Uint8Array.from({ length: 256 }, (_, type) => {
  const index = TYPES.indexOf(type);
  return index < 0 ? OTHER : index;
});
const RCODES = 24;

/** Where things stand in a store of counts: answers by type, code and transport; durations; their sum; what was dropped. */
const BUCKETS_AT = (TYPES.length + 1) * RCODES * 2;
const SUM_MS_AT = BUCKETS_AT + BOUNDS.length + 1;
const DROPPED_AT = SUM_MS_AT + 1;

/** How many numbers a store of counts has. One thread writes it, any may read it. */
export const COUNTERS_LENGTH = DROPPED_AT + 1;

/** Plain numbers in one array, which threads may share: a query costs two additions. */
export function createCounters(store: Float64Array = new Float64Array(COUNTERS_LENGTH)): Counters {
  return {
    count(type, rcode, transport, by, durationMs) {
      const at =
        ((INDEX_OF_TYPE[type] ?? OTHER) * RCODES + Math.min(rcode, RCODES - 1)) * 2 + (transport === "udp" ? 0 : 1);
      store[at]! += 1;
      let bucket = 0;
      while (bucket < BOUNDS_MS.length && durationMs > (BOUNDS_MS[bucket] as number)) bucket++;
      store[BUCKETS_AT + bucket]! += 1;
      store[SUM_MS_AT]! += durationMs;
      if (queryChannel.hasSubscribers) {
        queryChannel.publish({
          type: type === 0 ? "" : typeName(type),
          rcode: rcodeName(rcode),
          transport,
          by,
          durationMs,
        });
      }
    },
    drop() {
      store[DROPPED_AT]! += 1;
    },
  };
}

/** What the stores of one server's threads hold together. */
export function readCounters(stores: readonly Float64Array[]): Counts {
  const sumAt = (at: number) => stores.reduce((sum, store) => sum + (store[at] ?? 0), 0);
  const queries: QueryCount[] = [];
  for (let at = 0; at < BUCKETS_AT; at++) {
    const count = sumAt(at);
    if (count === 0) continue;
    const type = TYPES[Math.floor(at / 2 / RCODES)];
    queries.push({
      type: type === undefined ? "other" : typeName(type),
      rcode: rcodeName(Math.floor(at / 2) % RCODES),
      transport: at % 2 === 0 ? "udp" : "tcp",
      count,
    });
  }
  let total = 0;
  const counts = Array.from({ length: BOUNDS.length + 1 }, (_, i) => (total += sumAt(BUCKETS_AT + i)));
  return {
    queries,
    durations: { boundsSeconds: BOUNDS, counts, sumSeconds: sumAt(SUM_MS_AT) / 1000 },
    dropped: sumAt(DROPPED_AT),
  };
}
