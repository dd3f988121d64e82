import { DnsError } from "../error.ts";
import { createForwarder, type Forwarder, type ForwarderStats } from "../forwarder/forwarder.ts";
import type { Upstream } from "../forwarder/upstream.ts";
import type { RecordChanges } from "../zone/compile.ts";
import type { RecordProblem } from "../zone/record.ts";
import { type Answerer, createAnswerer } from "./answerer.ts";
import { createCounters, type DurationHistogram, type QueryCount } from "./counters.ts";
import { createFeedZones } from "./feed-zones.ts";
import type { ListenAddress } from "./listen-address.ts";
import { type DnsServerOptions, type ParsedOptions, parseOptions } from "./options.ts";
import { createRecordZones, type RecordZones } from "./record-zones.ts";
import { openTcp, type TcpListener } from "./tcp-listener.ts";
import { openUdp, type UdpListener } from "./udp-listener.ts";
import type { ZoneSource } from "./zone-source.ts";

/** A DNS server for the names of a mesh, on UDP and TCP. */
export interface DnsServer extends AsyncDisposable {
  /** Resolves when both sockets take queries. Rejects with `address-in-use`, `address-not-available`, `address-not-permitted` or `listen-failed`. */
  start(): Promise<void>;
  /** Takes no query any more and closes every socket. */
  stop(): Promise<void>;
  /** Where it listens; undefined while it does not. */
  readonly address: ListenAddress | undefined;
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

/** Throws `bad-option`. Nothing is opened before `start()`. */
export function createDnsServer(options: DnsServerOptions): DnsServer {
  const parsed = parseOptions(options);
  const counters = createCounters();
  const { zones, records } = zonesOf(options, parsed);
  let forwarder: Forwarder | undefined;
  let open: { readonly udp: UdpListener; readonly tcp: TcpListener } | undefined;
  let stopped = false;

  async function start(): Promise<void> {
    if (open !== undefined) return;
    if (stopped) throw new DnsError("listen-failed", "a DNS server that was stopped does not start again");
    forwarder = forwarderOf(parsed);
    const answer = createAnswerer({ zones, forwarder, counters, now: parsed.now });
    try {
      open = await listenBoth(parsed, answer);
    } catch (error) {
      forwarder?.close();
      throw error;
    }
    forwarder?.probeLoops();
  }

  async function stop(): Promise<void> {
    stopped = true;
    zones.close();
    forwarder?.close();
    const closing = open;
    open = undefined;
    await Promise.all([closing?.udp.close(), closing?.tcp.close()]);
  }

  return {
    start,
    stop,
    [Symbol.asyncDispose]: stop,
    get address() {
      return open === undefined ? undefined : { address: parsed.listen.address, port: open.udp.port };
    },
    stats: () => ({
      queries: counters.queries(),
      durations: counters.durations(),
      dropped: open?.udp.dropped ?? 0,
      tcpConnections: open?.tcp.connections ?? 0,
      tcpRefused: open?.tcp.refused ?? 0,
      zone: {
        serial: zones.zone?.serial,
        names: zones.zone?.table.size ?? 0,
        views: zones.views,
        swaps: zones.swaps,
      },
      forwarder: forwarder?.stats(),
    }),
    problems: () => [...(zones.zone?.problems.values() ?? [])].flat(),
    updateRecords(changes) {
      if (records === undefined) throw new DnsError("bad-option", "this server's records come from a feed");
      records.update(changes);
    },
  };
}

function zonesOf(options: DnsServerOptions, parsed: ParsedOptions): { zones: ZoneSource; records?: RecordZones } {
  if (options.feed !== undefined) {
    const { feed, viewOf } = options;
    return { zones: createFeedZones({ feed, viewOf, suffixes: parsed.suffixes, zone: parsed.zone }) };
  }
  const suffixes = parsed.suffixes ?? ["global"];
  const records = createRecordZones(options.records, { ...parsed.zone, suffixes, pools: [] });
  return { zones: records, records };
}

/** A server that is its own upstream would ask itself for ever. */
function forwarderOf(parsed: ParsedOptions): Forwarder | undefined {
  const isSelf = ({ address, port }: Upstream) => address === parsed.listen.address && port === parsed.listen.port;
  const upstreams = parsed.upstreams.filter((upstream) => !isSelf(upstream));
  return upstreams.length === 0 ? undefined : createForwarder({ ...parsed, upstreams });
}

/** Any free port is one that is free for both. */
async function listenBoth(parsed: ParsedOptions, answer: Answerer) {
  const { listen, reusePort, now, tcp: limits } = parsed;
  for (let attempt = 1; ; attempt++) {
    const udp = await openUdp({ listen, reusePort, answer, now });
    try {
      const tcp = await openTcp({ listen: { ...listen, port: udp.port }, reusePort, limits, answer, now });
      return { udp, tcp };
    } catch (error) {
      await udp.close();
      const taken = error instanceof DnsError && error.code === "address-in-use";
      if (!taken || listen.port !== 0 || attempt === 10) throw error;
    }
  }
}
