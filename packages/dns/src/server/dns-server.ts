import { SERVICE_SUFFIX } from "@portolan/model";
import { DnsError } from "../error.ts";
import { createForwarder, type Forwarder, type ForwarderOptions } from "../forwarder/forwarder.ts";
import { addForwarderStats, type ForwarderStats } from "../forwarder/forwarder-stats.ts";
import { createLoopProbes } from "../forwarder/loop-probes.ts";
import { formatUpstream, type Upstream } from "../forwarder/upstream.ts";
import type { RecordChanges } from "../zone/compile.ts";
import type { RecordProblem } from "../zone/record.ts";
import type { ZoneOptions } from "../zone/zone.ts";
import { createAnswerer } from "./answerer.ts";
import { report } from "./channels.ts";
import { COUNTERS_LENGTH, createCounters, type DurationHistogram, type QueryCount, readCounters } from "./counters.ts";
import { createEarlyZones } from "./early-zones.ts";
import { createFeedZones } from "./feed-zones.ts";
import type { ListenAddress } from "./listen-address.ts";
import { type Listeners, openListeners } from "./listeners.ts";
import { type DnsServerOptions, type ParsedOptions, parseOptions } from "./options.ts";
import { createRecordZones, type RecordZones } from "./record-zones.ts";
import { createTcpRoom } from "./tcp-room.ts";
import { startWorkers, type Workers } from "./workers.ts";
import type { Zones } from "./zone-source.ts";

/** A DNS server for the names of a mesh, on UDP and TCP. */
export interface DnsServer extends AsyncDisposable {
  /** Resolves when every socket takes queries. Rejects with `address-in-use`, `address-not-available`, `address-not-permitted` or `listen-failed`. */
  start(): Promise<void>;
  /** Takes no query any more and closes every socket. */
  stop(): Promise<void>;
  /** Where it listens, the first of its addresses; undefined while it does not. */
  readonly address: ListenAddress | undefined;
  /** All of them, in the order of the options. */
  readonly addresses: readonly ListenAddress[];
  /** Over all threads. */
  stats(): DnsStats;
  /** Records that were left out, and why. */
  problems(): readonly RecordProblem[];
  /** Gives names other records, where the server was made from plain records; none removes a name. The next query sees it. */
  updateRecords(changes: RecordChanges): void;
}

export interface DnsStats {
  readonly queries: readonly QueryCount[];
  readonly durations: DurationHistogram;
  /** UDP messages without an answer. */
  readonly dropped: number;
  readonly tcpConnections: number;
  readonly tcpRefused: number;
  /** Threads that have the UDP sockets; 0: the main thread has. */
  readonly workers: number;
  readonly zone: ZoneStats;
  /** Undefined where nothing is forwarded. */
  readonly forwarder: ForwarderStats | undefined;
}

export interface ZoneStats {
  /** The revision of the mesh that the public view answers from; undefined before the first. */
  readonly serial: number | undefined;
  /** Names in the public view, empty non-terminals included. */
  readonly names: number;
  readonly views: number;
  readonly swaps: number;
}

/** Systems on which several sockets can have one UDP port, each getting a share of its packets (`dgram`, option `reusePort`). */
const SHARED_PORTS: readonly string[] = ["linux", "freebsd", "sunos", "aix"];

/** Throws `bad-option`. Nothing is opened before `start()`. */
export function createDnsServer(options: DnsServerOptions): DnsServer {
  const parsed = parseOptions(options);
  const count = SHARED_PORTS.includes(process.platform) ? parsed.workers : 0;
  const counts = new Float64Array(COUNTERS_LENGTH);
  const counters = createCounters(counts);
  const room = createTcpRoom(parsed.tcp);
  const { zones, records } = zonesOf(options, parsed);
  const earlyOptions = earlyOptionsOf(options, parsed);
  let forwarder: Forwarder | undefined;
  let workers: Workers | undefined;
  let open: Listeners | undefined;
  let stopped = false;

  async function start(): Promise<void> {
    if (open !== undefined) return;
    if (stopped) throw new DnsError("listen-failed", "a DNS server that was stopped does not start again");
    const { now } = parsed;
    const forwarding = forwardingOf(parsed, count + 1);
    forwarder = forwarding === undefined ? undefined : createForwarder({ ...forwarding, now });
    const early = earlyOptions === undefined ? undefined : createEarlyZones(earlyOptions);
    const answer = createAnswerer({ zones, forwarder, counters, now, early });
    const views = options.viewOf !== undefined;
    if (count > 0) workers = startWorkers({ count, zones, views, early: earlyOptions, forwarder: forwarding });
    try {
      open = await openListeners({ parsed, room, answer, counters, workers });
    } catch (error) {
      forwarder?.close();
      await workers?.close();
      throw error;
    }
    forwarder?.probeLoops();
  }

  async function stop(): Promise<void> {
    stopped = true;
    const closing = open;
    open = undefined;
    await Promise.all([closing?.close(), workers?.close()]);
    zones.close();
    forwarder?.close();
  }

  return {
    start,
    stop,
    [Symbol.asyncDispose]: stop,
    get address() {
      return open?.addresses[0];
    },
    get addresses() {
      return open?.addresses ?? [];
    },
    stats: () => ({
      ...readCounters([counts, ...(workers?.counts ?? [])]),
      tcpConnections: room.connections,
      tcpRefused: room.refused,
      workers: count,
      zone: {
        serial: zones.zone?.serial,
        names: zones.zone?.table.size ?? 0,
        views: zones.views,
        swaps: zones.swaps,
      },
      forwarder: forwarder && addForwarderStats(forwarder.stats(), workers?.forwarderStats ?? []),
    }),
    problems: () => [...(zones.zone?.problems.values() ?? [])].flat(),
    updateRecords(changes) {
      if (records === undefined) throw new DnsError("bad-option", "this server's records come from a feed");
      records.update(changes);
    },
  };
}

function zonesOf(options: DnsServerOptions, parsed: ParsedOptions): { zones: Zones; records?: RecordZones } {
  if (options.feed !== undefined) {
    const { feed, viewOf } = options;
    return { zones: createFeedZones({ feed, viewOf, suffixes: parsed.suffixes, zone: parsed.zone }) };
  }
  const suffixes = parsed.suffixes ?? ["global"];
  const records = createRecordZones(options.records, { ...parsed.zone, suffixes, pools: [] });
  return { zones: records, records };
}

/** Undefined where everything is SERVFAIL before the first snapshot, or where there is nothing to wait for. */
function earlyOptionsOf(options: DnsServerOptions, parsed: ParsedOptions): ZoneOptions | undefined {
  if (!parsed.forwardEarly || options.feed === undefined) return undefined;
  const { ownedSuffixes, bindPool, capturePool } = options.feed.snapshot.settings;
  const suffixes = [...(parsed.suffixes ?? ownedSuffixes), SERVICE_SUFFIX];
  return { ...parsed.zone, suffixes, pools: [bindPool, capturePool] };
}

/** What each of the threads forwards with; together they keep as much as one would. A server that is its own upstream would ask itself for ever. */
function forwardingOf(parsed: ParsedOptions, threads: number): Omit<ForwarderOptions, "now"> | undefined {
  const isSelf = (upstream: Upstream) =>
    parsed.listen.some(({ address, port }) => address === upstream.address && port === upstream.port);
  const upstreams = parsed.upstreams.filter((upstream) => !isSelf(upstream));
  for (const upstream of parsed.upstreams.filter(isSelf)) {
    const left = upstreams.length > 0 ? "" : ": names that are not the mesh's are REFUSED, name another";
    report("loop", `the upstream ${formatUpstream(upstream)} is this server itself and is not asked${left}`);
  }
  if (upstreams.length === 0) return undefined;
  const { totalMs, attemptMs } = parsed;
  const cacheBytes = Math.floor(parsed.cacheBytes / threads);
  return { upstreams, cacheBytes, totalMs, attemptMs, probes: createLoopProbes(upstreams.length) };
}
