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
  queries(): readonly QueryCount[];
  durations(): DurationHistogram;
}

const BOUNDS = [
  0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192,
];
const TYPES = Object.values(TYPE);
const OTHER = TYPES.length;
const RCODES = 24;

/** Plain arrays of numbers: a query costs two additions. */
export function createCounters(): Counters {
  const typeIndex = new Map<number, number>(TYPES.map((type, index) => [type, index]));
  const counts = new Float64Array((TYPES.length + 1) * RCODES * 2);
  const buckets = new Float64Array(BOUNDS.length + 1);
  let sumMs = 0;

  return {
    count(type, rcode, transport, by, durationMs) {
      const at =
        ((typeIndex.get(type) ?? OTHER) * RCODES + Math.min(rcode, RCODES - 1)) * 2 + (transport === "udp" ? 0 : 1);
      counts[at]! += 1;
      let bucket = 0;
      while (bucket < BOUNDS.length && durationMs > (BOUNDS[bucket] as number) * 1000) bucket++;
      buckets[bucket]! += 1;
      sumMs += durationMs;
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
    queries() {
      const found: QueryCount[] = [];
      for (const [at, count] of counts.entries()) {
        if (count === 0) continue;
        const type = TYPES[Math.floor(at / 2 / RCODES)];
        found.push({
          type: type === undefined ? "other" : typeName(type),
          rcode: rcodeName(Math.floor(at / 2) % RCODES),
          transport: at % 2 === 0 ? "udp" : "tcp",
          count,
        });
      }
      return found;
    },
    durations() {
      let sum = 0;
      return {
        boundsSeconds: BOUNDS,
        counts: Array.from(buckets, (count) => (sum += count)),
        sumSeconds: sumMs / 1000,
      };
    },
  };
}
