/** Counts of durations in buckets that are at most 1.6 % wide: what it costs does not grow with what was counted. */
export interface Histogram {
  readonly count: number;
  readonly maxMs: number;
  /** Negative durations count as 0. */
  record(ms: number, times?: number): void;
  /** Forgets what was counted. */
  clear(): void;
  /** The duration that a share (0 to 1) of all does not exceed; 0 where nothing was counted. */
  quantile(share: number): number;
  summary(): LatencySummary;
  /** What was counted at up to 1, 2, 4, 8, ... ms, each apart; the empty ones at both ends are left out. */
  octaves(): readonly { readonly leMs: number; readonly count: number }[];
}

export interface LatencySummary {
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

// Microseconds; each doubling is cut into 64 parts.
const PARTS = 64;
const BUCKETS = PARTS * 34;

export function createHistogram(): Histogram {
  const counts = new Float64Array(BUCKETS);
  let count = 0;
  let maxMs = 0;

  function quantile(share: number): number {
    const rank = Math.max(1, Math.ceil(share * count));
    let seen = 0;
    for (let at = 0; at < BUCKETS; at++) {
      seen += counts[at] ?? 0;
      if (seen >= rank) return Math.min(maxMs, upperMs(at));
    }
    return 0;
  }

  return {
    get count() {
      return count;
    },
    get maxMs() {
      return maxMs;
    },
    record(ms, times = 1) {
      if (times === 0) return;
      const at = bucketOf(ms);
      counts[at] = (counts[at] ?? 0) + times;
      count += times;
      if (ms > maxMs) maxMs = ms;
    },
    clear() {
      counts.fill(0);
      count = 0;
      maxMs = 0;
    },
    quantile,
    summary: () => ({
      count,
      p50Ms: rounded(quantile(0.5)),
      p95Ms: rounded(quantile(0.95)),
      p99Ms: rounded(quantile(0.99)),
      maxMs: rounded(maxMs),
    }),
    octaves() {
      const found: { leMs: number; count: number }[] = [];
      for (const [at, times] of counts.entries()) {
        if (times === 0) continue;
        const leMs = 2 ** Math.max(-3, Math.ceil(Math.log2(upperMs(at))));
        const last = found.at(-1);
        if (last?.leMs === leMs) last.count += times;
        else found.push({ leMs, count: times });
      }
      return found;
    },
  };
}

function bucketOf(ms: number): number {
  const us = Math.min(2 ** 31 - 1, Math.max(0, Math.floor(ms * 1000)));
  if (us < PARTS) return us;
  const shift = 31 - Math.clz32(us) - 6;
  return shift * PARTS + (us >>> shift);
}

/** The end of a bucket. */
function upperMs(bucket: number): number {
  if (bucket < PARTS * 2) return (bucket + 1) / 1000;
  const shift = Math.floor(bucket / PARTS) - 1;
  return ((bucket - shift * PARTS + 1) * 2 ** shift) / 1000;
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
