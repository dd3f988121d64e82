import { parseIpAddress, printable, SERVICE_SUFFIX } from "@portolan/model";
import { DnsError } from "../error.ts";
import { parseUpstream, type Upstream } from "../forwarder/upstream.ts";
import { parseName } from "../wire/name-text.ts";
import type { DnsRecord } from "../zone/record.ts";
import type { ZoneOptions } from "../zone/zone.ts";
import type { ZoneFeed } from "./feed-zones.ts";
import type { ListenAddress } from "./listen-address.ts";
import { DEFAULT_TCP_LIMITS, type TcpLimits } from "./tcp-connection.ts";
import type { DnsView } from "./zone-source.ts";

/** Where the names come from: the snapshots of a mesh, or plain records. */
export type DnsNames =
  | {
      readonly feed: ZoneFeed;
      /** The view of a client by its address; undefined: the public view. Called for each query: it must be a look-up. */
      readonly viewOf?: (address: string) => DnsView | undefined;
      readonly records?: never;
    }
  | { readonly records: Iterable<DnsRecord>; readonly feed?: never; readonly viewOf?: never };

/** An address to listen on: 127.0.0.1 and 15053 unless said. A port of 0 gives any free one, the same for UDP and TCP. */
export interface ListenOption {
  /** IPv4 or IPv6; `::` is every address of IPv6 and none of IPv4. */
  readonly address?: string;
  readonly port?: number;
}

export type DnsServerOptions = DnsNames & {
  /** One address, or several; 127.0.0.1:15053 unless said. */
  readonly listen?: ListenOption | readonly ListenOption[];
  /** Suffixes whose names are answered here and nowhere else; the mesh's owned suffixes unless said, `global` with plain records. */
  readonly suffixes?: readonly string[];
  /** What becomes of a name below a suffix that does not exist: NXDOMAIN, unless `forward`. */
  readonly unknownNames?: "nameError" | "forward";
  /**
   * What is answered before the feed's first snapshot: SERVFAIL, unless `forward`. Then names outside the suffixes are forwarded,
   * those of the mesh that look like anybody's among them.
   */
  readonly beforeFirstSnapshot?: "serverFailure" | "forward";
  /** 1 to 300; 30 unless said. */
  readonly ttlSeconds?: number;
  /**
   * Servers that all other names are asked of, such as `10.0.0.2` or `[2001:db8::1]:5353`; in order. None: other names are REFUSED.
   */
  readonly upstreams?: readonly (string | Upstream)[];
  /** Search suffixes that are recognised behind a name of the mesh. */
  readonly search?: readonly string[];
  /** What answers of upstreams are kept in, over all threads; 4 MiB unless said. */
  readonly cacheBytes?: number;
  /** Until a client hears that no upstream answers, and until the next one is asked; 3800 and 800 ms. */
  readonly forwardTimeout?: { readonly totalMs?: number; readonly attemptMs?: number };
  readonly tcp?: Partial<TcpLimits>;
  /** Several processes share the port. */
  readonly reusePort?: boolean;
  /**
   * Threads that answer over UDP, each with its own socket, zones and forwarder; 0 unless said: this thread does. TCP stays
   * with this thread. Where the system cannot share a port between sockets, this thread does it all.
   */
  readonly workers?: number;
  /** A clock in milliseconds that never goes back; workers have their own. */
  readonly now?: () => number;
};

export interface ParsedOptions {
  readonly listen: readonly ListenAddress[];
  readonly suffixes: readonly string[] | undefined;
  readonly zone: Pick<ZoneOptions, "ttlSeconds" | "unknownNames" | "search">;
  readonly forwardEarly: boolean;
  readonly upstreams: readonly Upstream[];
  readonly cacheBytes: number;
  readonly totalMs: number;
  readonly attemptMs: number;
  readonly tcp: TcpLimits;
  readonly reusePort: boolean;
  readonly workers: number;
  readonly now: () => number;
}

/** What resolvers of a cluster append, in the order in which they do. */
const CLUSTER_SEARCH = [`*.${SERVICE_SUFFIX}`, SERVICE_SUFFIX, "cluster.local"];
const MAX_WORKERS = 256;

/** Fills in the defaults; throws `bad-option`. */
export function parseOptions(options: DnsServerOptions): ParsedOptions {
  if (options.feed === undefined && options.records === undefined)
    bad("names come from records or from a feed: give one");
  const ttlSeconds = wholeNumber("ttlSeconds", options.ttlSeconds ?? 30, 1, 300);
  const search = (options.search ?? CLUSTER_SEARCH).map(checkName);
  return {
    listen: parseListen(options.listen ?? {}),
    suffixes: options.suffixes?.map(checkName),
    zone: { ttlSeconds, unknownNames: options.unknownNames ?? "nameError", search },
    forwardEarly: options.beforeFirstSnapshot === "forward",
    upstreams: (options.upstreams ?? []).map((upstream) => {
      const parsed = typeof upstream === "string" ? parseUpstream(upstream) : { ok: true as const, value: upstream };
      return parsed.ok ? parsed.value : bad(parsed.error);
    }),
    cacheBytes: options.cacheBytes ?? 4 * 1024 * 1024,
    totalMs: options.forwardTimeout?.totalMs ?? 3_800,
    attemptMs: options.forwardTimeout?.attemptMs ?? 800,
    tcp: { ...DEFAULT_TCP_LIMITS, ...options.tcp },
    reusePort: options.reusePort ?? false,
    workers: wholeNumber("workers", options.workers ?? 0, 0, MAX_WORKERS),
    now: options.now ?? (() => performance.now()),
  };
}

function parseListen(given: ListenOption | readonly ListenOption[]): readonly ListenAddress[] {
  const all = [given].flat().map(({ address = "127.0.0.1", port = 15053 }): ListenAddress => {
    const parsed = parseIpAddress(address);
    return { address: parsed.ok ? parsed.value : bad(parsed.error), port: checkPort(port) };
  });
  if (all.length === 0) bad("listen names no address");
  for (const [at, { address, port }] of all.entries()) {
    const twice = all.findIndex((other) => other.address === address && other.port === port) < at;
    if (twice && port !== 0) bad(`listen names ${address} port ${port} twice`);
  }
  return all;
}

function wholeNumber(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  return bad(`${name} is a whole number from ${least} to ${most}`);
}

function checkPort(port: number): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  return bad(`${port} is not a port`);
}

function checkName(text: string): string {
  const labels = parseName(text);
  if (labels !== undefined && labels.length > 0) return text;
  return bad(`"${printable(text)}" is not a domain name`);
}

function bad(message: string): never {
  throw new DnsError("bad-option", message);
}
