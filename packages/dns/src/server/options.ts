import { type IpAddress, parseIpAddress, printable, SERVICE_SUFFIX } from "@portolan/model";
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

export type DnsServerOptions = DnsNames & {
  /** 127.0.0.1:15053 unless said. A port of 0 gives any free one, the same for UDP and TCP. */
  readonly listen?: { readonly address?: string; readonly port?: number };
  /** Suffixes whose names are answered here and nowhere else; the mesh's owned suffixes unless said, `global` with plain records. */
  readonly suffixes?: readonly string[];
  /** What becomes of a name below a suffix that does not exist: NXDOMAIN, unless `forward`. */
  readonly unknownNames?: "nameError" | "forward";
  /** 1 to 300; 30 unless said. */
  readonly ttlSeconds?: number;
  /**
   * Servers that all other names are asked of, such as `10.0.0.2` or `[2001:db8::1]:5353`; in order. None: other names are REFUSED.
   */
  readonly upstreams?: readonly (string | Upstream)[];
  /** Search suffixes that are recognised behind a name of the mesh. */
  readonly search?: readonly string[];
  readonly cacheBytes?: number;
  /** Until a client hears that no upstream answers, and until the next one is asked; 3800 and 800 ms. */
  readonly forwardTimeout?: { readonly totalMs?: number; readonly attemptMs?: number };
  readonly tcp?: Partial<TcpLimits>;
  /** Several processes or workers share the port. */
  readonly reusePort?: boolean;
  /** A clock in milliseconds that never goes back. */
  readonly now?: () => number;
};

export interface ParsedOptions {
  readonly listen: ListenAddress;
  readonly suffixes: readonly string[] | undefined;
  readonly zone: Pick<ZoneOptions, "ttlSeconds" | "unknownNames" | "search">;
  readonly upstreams: readonly Upstream[];
  readonly cacheBytes: number;
  readonly totalMs: number;
  readonly attemptMs: number;
  readonly tcp: TcpLimits;
  readonly reusePort: boolean;
  readonly now: () => number;
}

/** What resolvers of a cluster append, in the order in which they do. */
const CLUSTER_SEARCH = [`*.${SERVICE_SUFFIX}`, SERVICE_SUFFIX, "cluster.local"];

/** Fills in the defaults; throws `bad-option`. */
export function parseOptions(options: DnsServerOptions): ParsedOptions {
  const ttlSeconds = options.ttlSeconds ?? 30;
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > 300)
    bad("ttlSeconds is a whole number from 1 to 300");
  const search = (options.search ?? CLUSTER_SEARCH).map(checkName);
  return {
    listen: {
      address: parseListen(options.listen?.address ?? "127.0.0.1"),
      port: checkPort(options.listen?.port ?? 15053),
    },
    suffixes: options.suffixes?.map(checkName),
    zone: { ttlSeconds, unknownNames: options.unknownNames ?? "nameError", search },
    upstreams: (options.upstreams ?? []).map((upstream) => {
      const parsed = typeof upstream === "string" ? parseUpstream(upstream) : { ok: true as const, value: upstream };
      return parsed.ok ? parsed.value : bad(parsed.error);
    }),
    cacheBytes: options.cacheBytes ?? 4 * 1024 * 1024,
    totalMs: options.forwardTimeout?.totalMs ?? 3_800,
    attemptMs: options.forwardTimeout?.attemptMs ?? 800,
    tcp: { ...DEFAULT_TCP_LIMITS, ...options.tcp },
    reusePort: options.reusePort ?? false,
    now: options.now ?? (() => performance.now()),
  };
}

function parseListen(text: string): IpAddress {
  const address = parseIpAddress(text);
  return address.ok ? address.value : bad(address.error);
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
