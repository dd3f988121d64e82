/**
 * A record of a zone, as plain data. Names are text without escapes in most cases (`reviews.shop.global`; `\DDD` is understood),
 * the trailing dot does not matter. An owner whose first label is `*` stands for every name below that has none of its own
 * (RFC 4592). All records have the zone's TTL.
 */
export type DnsRecord =
  | { readonly name: string; readonly type: "A" | "AAAA"; readonly address: string }
  | { readonly name: string; readonly type: "CNAME" | "PTR"; readonly target: string }
  | {
      readonly name: string;
      readonly type: "SRV";
      readonly target: string;
      readonly port: number;
      /** 0 unless said. */
      readonly priority?: number;
      /** 0 unless said: no preference (RFC 2782). */
      readonly weight?: number;
    }
  /** Each text at most 255 bytes of ASCII. */
  | { readonly name: string; readonly type: "TXT"; readonly texts: readonly string[] };

/** A name whose records the zone left out, and why. */
export interface RecordProblem {
  readonly name: string;
  readonly message: string;
}
