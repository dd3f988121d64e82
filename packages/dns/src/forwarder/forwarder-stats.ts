export interface ForwarderStats {
  readonly cacheHits: number;
  readonly cacheMisses: number;
  readonly cacheEntries: number;
  readonly cacheBytes: number;
  /** Questions under way. */
  readonly inFlight: number;
  /** Questions that were under way already when they were asked. */
  readonly merged: number;
  /** Refused since too much was under way. */
  readonly overload: number;
  readonly upstreams: readonly UpstreamStats[];
}

export interface UpstreamStats {
  readonly upstream: string;
  readonly queries: number;
  readonly failures: number;
  readonly unmatched: number;
  readonly loops: boolean;
}

const NUMBERS = ["cacheHits", "cacheMisses", "cacheEntries", "cacheBytes", "inFlight", "merged", "overload"] as const;
const OF_UPSTREAM = ["queries", "failures", "unmatched"] as const;

/** How many numbers a store of such stats has, which another thread reads. */
export function forwarderStatsLength(upstreams: number): number {
  return NUMBERS.length + upstreams * OF_UPSTREAM.length;
}

export function writeForwarderStats(stats: ForwarderStats, store: Float64Array): void {
  let at = 0;
  for (const name of NUMBERS) store[at++] = stats[name];
  for (const upstream of stats.upstreams) for (const name of OF_UPSTREAM) store[at++] = upstream[name];
}

/** The stats of one thread's forwarder and what the stores of others hold; upstreams are the same in all. */
export function addForwarderStats(own: ForwarderStats, stores: readonly Float64Array[]): ForwarderStats {
  let at = 0;
  const add = (value: number) => {
    const place = at++;
    return stores.reduce((sum, store) => sum + (store[place] ?? 0), value);
  };
  return {
    cacheHits: add(own.cacheHits),
    cacheMisses: add(own.cacheMisses),
    cacheEntries: add(own.cacheEntries),
    cacheBytes: add(own.cacheBytes),
    inFlight: add(own.inFlight),
    merged: add(own.merged),
    overload: add(own.overload),
    upstreams: own.upstreams.map((upstream) => ({
      ...upstream,
      queries: add(upstream.queries),
      failures: add(upstream.failures),
      unmatched: add(upstream.unmatched),
    })),
  };
}
