import type { Cidr } from "@portolan/model";
import type { NameTable } from "./name-table.ts";
import type { RecordSet } from "./node.ts";
import type { DnsRecord, RecordProblem } from "./record.ts";

export interface ZoneOptions {
  /** Suffixes that are ours: names below them that do not exist are answered, not forwarded. */
  readonly suffixes: readonly string[];
  /** Blocks whose reverse names are ours. */
  readonly pools: readonly Cidr[];
  /** 1 to 300. */
  readonly ttlSeconds: number;
  /** What becomes of a name below a suffix that does not exist: NXDOMAIN, or it is forwarded. */
  readonly unknownNames: "nameError" | "forward";
  /**
   * Suffixes that clients' resolvers append: `reviews.shop.global.svc.cluster.local` is answered at once with a CNAME to what
   * was meant, and its address. A first label `*` stands for any one label.
   */
  readonly search: readonly string[];
}

/** The names of one view, ready to be answered. Never changed: a change makes another one, and one pointer is swapped. */
export interface Zone {
  readonly options: ZoneOptions;
  /** The revision of the mesh that it was compiled from; the SOA's serial. */
  readonly serial: number;
  readonly table: NameTable;
  readonly soa: Uint8Array;
  /** Answers every question for ANY (RFC 8482 section 4.2). */
  readonly hinfo: RecordSet;
  readonly search: readonly SearchSuffix[];
  /** Records that were left out because their CNAMEs lead in a circle: they are tried again with every change. */
  readonly rejected: ReadonlyMap<string, readonly DnsRecord[]>;
  /** By name; a name that is compiled again loses its old ones. */
  readonly problems: ReadonlyMap<string, readonly RecordProblem[]>;
}

export interface SearchSuffix {
  readonly labels: Uint8Array;
  readonly anyLabel: boolean;
}
