import { TYPE } from "../wire/codes.ts";
import { createFlightRules, Flight, type Resolved } from "./flight.ts";
import { createFlightTable } from "./flight-table.ts";
import { encodeQuery, type ForwardQuestion, questionKey } from "./forward-question.ts";
import type { ForwarderStats } from "./forwarder-stats.ts";
import { type LoopProbes, meetProbe, probeLabels } from "./loop-probes.ts";
import { createResponseCache } from "./response-cache.ts";
import { createServerList, type Server } from "./server-list.ts";
import { formatUpstream, type Upstream } from "./upstream.ts";

/** Asks other servers for the names that are not ours. */
export interface Forwarder {
  /** `done` may be called before it returns: the answer was kept. */
  resolve(question: ForwardQuestion, done: Resolved): void;
  /** Sends each upstream a name that nobody else knows: where it comes back to us, the upstream asks us and is not asked any more. */
  probeLoops(): void;
  /** Whether a question is such a name; the upstream that it went to is then out. */
  isOwnProbe(name: ForwardQuestion["name"]): boolean;
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

export function createForwarder(options: ForwarderOptions): Forwarder {
  const { now, totalMs, attemptMs, probes } = options;
  // One that was dead at the start may ask us once it lives; so does one that is told to later. Its questions and ours end in silence.
  const servers = createServerList(options.upstreams, probes.found, probe);
  const cache = options.cacheBytes > 0 ? createResponseCache(options.cacheBytes) : undefined;
  const flights = createFlightTable<Flight>();
  const count = { cacheHits: 0, cacheMisses: 0, merged: 0, overload: 0 };
  const rules = createFlightRules(servers, { totalMs, attemptMs }, (flight, response) => {
    flights.delete(flight);
    cache?.put(questionKey(flight.question), response, now());
    for (const waiter of flight.waiters) waiter(response, 0);
  });

  function probe(server: Server): void {
    const labels = probeLabels(probes, servers.all.indexOf(server));
    const question = {
      name: { bytes: labels, start: 0, end: labels.length },
      type: TYPE.HINFO,
      dnssecOk: false,
      checkingDisabled: false,
    };
    const asked = server.udp.send(encodeQuery(question, false), () => forget());
    const timer = setTimeout(() => forget(), totalMs).unref();
    const forget = () => {
      clearTimeout(timer);
      asked.cancel();
    };
  }

  return {
    resolve(question, done) {
      const kept = cache?.get(questionKey(question), now());
      if (kept !== undefined) {
        count.cacheHits++;
        return done(kept.response, kept.ageSeconds);
      }
      count.cacheMisses++;
      const under = flights.find(question);
      const room = under === undefined ? flights.size < MAX_IN_FLIGHT : under.waiters.length < MAX_WAITERS;
      if (!room) {
        count.overload++;
        return done(undefined, 0);
      }
      if (under === undefined) {
        const flight = new Flight(rules, question, done);
        flights.add(flight);
        flight.depart();
      } else {
        count.merged++;
        under.waiters.push(done);
      }
    },
    probeLoops: () => servers.all.forEach(probe),
    isOwnProbe: (name) => meetProbe(probes, name),
    stats: () => ({
      ...count,
      cacheEntries: cache?.entries ?? 0,
      cacheBytes: cache?.bytes ?? 0,
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
      for (const flight of flights) flight.cancel();
      rules.close();
      servers.close();
    },
  };
}
