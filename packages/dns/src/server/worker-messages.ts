import type { DnsErrorCode } from "../error.ts";
import type { ForwarderOptions } from "../forwarder/forwarder.ts";
import type { ZoneOptions } from "../zone/zone.ts";
import type { DnsProblemMessage } from "./channels.ts";
import type { ListenAddress } from "./listen-address.ts";
import type { ZoneNews } from "./zone-mirror.ts";

/** What a worker is made with; the arrays lie in shared memory. */
export interface WorkerSetup {
  /** Of this worker alone; its counts outlive it. */
  readonly counts: Float64Array;
  readonly forwarderStats: Float64Array;
  /** Grows with everything that the workers are told: one that sees an old number reads its messages before it answers. */
  readonly told: Int32Array;
  /** Whether clients differ in what they see. */
  readonly views: boolean;
  /** Given: other names are forwarded before the first zone. */
  readonly early: ZoneOptions | undefined;
  readonly forwarder: Omit<ForwarderOptions, "now"> | undefined;
}

export type ToWorker =
  | ZoneNews
  | { readonly kind: "view"; readonly address: string; readonly number: number | undefined }
  | { readonly kind: "views"; readonly news: ViewNews }
  | { readonly kind: "listen"; readonly listen: ListenAddress }
  | { readonly kind: "stop" };

/** What a publication means for the addresses that were asked for; `all`: none of them counts any more. */
export interface ViewNews {
  readonly changed: readonly (readonly [address: string, number: number])[];
  readonly forgotten: readonly string[] | "all";
}

export type FromWorker =
  | { readonly kind: "who"; readonly address: string }
  | { readonly kind: "listening" }
  | { readonly kind: "refused"; readonly code: DnsErrorCode; readonly message: string }
  | { readonly kind: "problem"; readonly problem: DnsProblemMessage };
