import { randomBytes } from "node:crypto";
import { TYPE } from "../wire/codes.ts";
import type { Response } from "../wire/response.ts";
import { startFlight } from "./flight.ts";
import { encodeQuery, type ForwardQuestion, questionKey } from "./forward-question.ts";
import { createResponseCache } from "./response-cache.ts";
import { createServerList, type Server } from "./server-list.ts";
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

export interface ForwarderOptions {
  readonly upstreams: readonly Upstream[];
  /** 0: nothing is kept. */
  readonly cacheBytes: number;
  readonly totalMs: number;
  readonly attemptMs: number;
  /** A clock that never goes back. */
  readonly now: () => number;
}

const MAX_IN_FLIGHT = 4096;
/** Clients that wait for one question. */
const MAX_WAITERS = 1024;
const PROBE_BYTES = 16;

interface Flight {
  readonly waiters: Resolved[];
  cancel: () => void;
}

export function createForwarder(options: ForwarderOptions): Forwarder {
  const { now, totalMs, attemptMs } = options;
  const servers = createServerList(options.upstreams);
  const cache = createResponseCache(options.cacheBytes);
  const flights = new Map<string, Flight>();
  const probes = new Map<string, Server>();
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
      for (const server of servers.all) {
        const random = randomBytes(PROBE_BYTES).toString("hex");
        probes.set(random, server);
        const labels = Uint8Array.of(random.length, ...Buffer.from(random));
        const question = { labels, type: TYPE.HINFO, dnssecOk: false, checkingDisabled: false };
        const cancel = server.udp.send(encodeQuery(question, false), () => forget());
        const timer = setTimeout(() => forget(), totalMs).unref();
        const forget = () => {
          clearTimeout(timer);
          cancel();
        };
      }
    },
    isOwnProbe(labels) {
      if (probes.size === 0 || labels.length !== 1 + 2 * PROBE_BYTES) return false;
      const server = probes.get(Buffer.from(labels.subarray(1)).toString("latin1").toLowerCase());
      if (server !== undefined) server.loops = true;
      return server !== undefined;
    },
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
