import { TYPE } from "../wire/codes.ts";
import type { Response } from "../wire/response.ts";
import { startFlight } from "./flight.ts";
import { encodeQuery, type ForwardQuestion, questionKey } from "./forward-question.ts";
import type { ForwarderStats } from "./forwarder-stats.ts";
import { type LoopProbes, meetProbe, probeLabels } from "./loop-probes.ts";
import { createResponseCache } from "./response-cache.ts";
import { createServerList } from "./server-list.ts";
import { formatUpstream, type Upstream } from "./upstream.ts";

/** Called once; undefined: nobody answered. */
export type Resolved = (response: Response | undefined, ageSeconds: number) => void;

/** Asks other servers for the names that are not ours. */
export interface Forwarder {
  /** `done` may be called before it returns: the answer was kept. */
  resolve(question: ForwardQuestion, done: Resolved): void;
  /** Sends each upstream a name that nobody else knows: where it comes back to us, the upstream asks us and is not asked any more. */
  probeLoops(): void;
  /** Whether a question is such a name; the upstream that it went to is then out. */
  isOwnProbe(labels: Uint8Array): boolean;
  stats(): ForwarderStats;
  close(): void;
}

export interface ForwarderOptions {
  readonly upstreams: readonly Upstream[];
  /** 0: nothing is kept. */
  readonly cacheBytes: number;
  readonly totalMs: number;
  readonly attemptMs: number;
  readonly probes: LoopProbes;
  /** A clock that never goes back. */
  readonly now: () => number;
}

const MAX_IN_FLIGHT = 4096;
/** Clients that wait for one question. */
const MAX_WAITERS = 1024;

interface Flight {
  readonly waiters: Resolved[];
  cancel: () => void;
}

export function createForwarder(options: ForwarderOptions): Forwarder {
  const { now, totalMs, attemptMs, probes } = options;
  const servers = createServerList(options.upstreams, probes.found);
  const cache = createResponseCache(options.cacheBytes);
  const flights = new Map<string, Flight>();
  const count = { cacheHits: 0, cacheMisses: 0, merged: 0, overload: 0 };

  function depart(key: string, question: ForwardQuestion, done: Resolved): void {
    const flight: Flight = { waiters: [done], cancel: () => {} };
    flights.set(key, flight);
    flight.cancel = startFlight(question, servers.order(), { totalMs, attemptMs }, (response) => {
      flights.delete(key);
      cache.put(key, response, now());
      for (const waiter of flight.waiters) waiter(response, 0);
    });
  }

  return {
    resolve(question, done) {
      const key = questionKey(question);
      const kept = cache.get(key, now());
      if (kept !== undefined) {
        count.cacheHits++;
        return done(kept.response, kept.ageSeconds);
      }
      count.cacheMisses++;
      const flight = flights.get(key);
      const room = flight === undefined ? flights.size < MAX_IN_FLIGHT : flight.waiters.length < MAX_WAITERS;
      if (!room) {
        count.overload++;
        return done(undefined, 0);
      }
      if (flight === undefined) return depart(key, question, done);
      count.merged++;
      flight.waiters.push(done);
    },
    probeLoops() {
      for (const [at, server] of servers.all.entries()) {
        const question = {
          labels: probeLabels(probes, at),
          type: TYPE.HINFO,
          dnssecOk: false,
          checkingDisabled: false,
        };
        const cancel = server.udp.send(encodeQuery(question, false), () => forget());
        const timer = setTimeout(() => forget(), totalMs).unref();
        const forget = () => {
          clearTimeout(timer);
          cancel();
        };
      }
    },
    isOwnProbe: (labels) => meetProbe(probes, labels),
    stats: () => ({
      ...count,
      cacheEntries: cache.entries,
      cacheBytes: cache.bytes,
      inFlight: flights.size,
      upstreams: servers.all.map(({ upstream, queries, failures, udp, loops }) => ({
        upstream: formatUpstream(upstream),
        queries,
        failures,
        unmatched: udp.unmatched,
        loops,
      })),
    }),
    close() {
      for (const flight of flights.values()) flight.cancel();
      flights.clear();
      servers.close();
    },
  };
}
