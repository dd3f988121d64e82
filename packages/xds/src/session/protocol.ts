import type { ResourceName } from "../resource/resource-name.ts";
import type { TypeUrl } from "../resource/type-url.ts";
import type { ViewId } from "../snapshot/ids.ts";
import type { ReplicaResource } from "../snapshot/replica.ts";

/** What a client says, without its envelope. */
export type SessionRequest = SotwRequest | DeltaRequest;

export interface SotwRequest {
  readonly kind: "sotw";
  readonly typeUrl: TypeUrl;
  readonly names: readonly string[];
  /** Empty where it answers nothing. */
  readonly nonce: string;
  /** The message of `error_detail`; undefined where there is none. */
  readonly error: string | undefined;
}

export interface DeltaRequest {
  readonly kind: "delta";
  readonly typeUrl: TypeUrl;
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
  readonly initialVersions: ReadonlyMap<string, string>;
  readonly nonce: string;
  readonly error: string | undefined;
}

export type Dialect = SessionRequest["kind"];

export type SessionEvent =
  | { readonly kind: "request"; readonly request: SessionRequest }
  /** Something in the view may differ from before. */
  | { readonly kind: "changed" }
  /** The client sees another view from now on. */
  | { readonly kind: "reassigned"; readonly view: ViewId }
  /** The answer to a `send`: it was given to the socket under that nonce. */
  | { readonly kind: "written"; readonly nonce: string }
  /** The socket took the last response. */
  | { readonly kind: "drained" }
  /** One of the peer's own secrets came or was renewed. */
  | { readonly kind: "secret"; readonly name: string; readonly version: string; readonly body: Uint8Array };

export type SessionEffect =
  | { readonly kind: "send"; readonly response: SessionResponse }
  | { readonly kind: "end"; readonly status: "INVALID_ARGUMENT" | "RESOURCE_EXHAUSTED"; readonly message: string }
  | { readonly kind: "acknowledged"; readonly typeUrl: TypeUrl; readonly nonce: string; readonly waitedMs: number }
  | Rejection
  /** A version that was rejected is not the current one any more. */
  | { readonly kind: "forgiven"; readonly resource: ResourceName }
  /** Secrets of its own that the client asks for, or does not want any more. */
  | { readonly kind: "secrets"; readonly wanted: readonly string[]; readonly unwanted: readonly string[] };

export interface Rejection {
  readonly kind: "rejected";
  readonly typeUrl: TypeUrl;
  readonly nonce: string;
  /** The client's own words. */
  readonly message: string;
  /** Those found to be bad. Empty: not known yet which one it is, and `suspects` are tried in halves. */
  readonly resources: readonly RejectedResource[];
  readonly suspects: readonly string[];
}

export interface RejectedResource extends ResourceName {
  readonly version: string;
  readonly message: string;
  /** What the client had accepted before; undefined: nothing, or it is not known here any more. */
  readonly accepted: AcceptedResource | undefined;
}

/** A copy, so that it may outlive the memory that sessions share. */
export interface AcceptedResource {
  readonly version: string;
  readonly ttlMs: number | undefined;
  readonly references: readonly ResourceName[];
  readonly body: Uint8Array;
}

/** A response before it is written: references to resources that are encoded already. */
export interface SessionResponse {
  readonly kind: Dialect;
  readonly typeUrl: TypeUrl;
  /** SotW: `version_info`. Delta: the store's revision, for people who debug. */
  readonly version: string;
  readonly resources: readonly ReplicaResource[];
  /** What is not there. Delta: `removed_resources`. SotW: `resource_errors`, to clients that understand them, else nothing. */
  readonly removed: readonly string[];
  readonly ttl: TtlForm;
  /** It is larger than a part may be, and cannot be split. */
  readonly oversize: boolean;
}

/**
 * `none`: no TTL is told. `given`: those of the resources are told with them (SotW: those that have one are wrapped in
 * `Resource`). `heartbeat`: nothing but the TTLs is told, since the client has the resources in those versions.
 */
export type TtlForm = "none" | "given" | "heartbeat";

/** A client's state for one type, for status tables. */
export interface TypeStatus {
  readonly typeUrl: TypeUrl;
  readonly shortName: string;
  readonly wildcard: boolean;
  readonly names: number;
  /** Resources that the client has, as far as was written. */
  readonly resources: number;
  readonly version: string;
  readonly sentNonce: string;
  readonly acknowledgedNonce: string;
  readonly acknowledgedAtMs: number | undefined;
  /** Since when an answer to `sentNonce` is awaited. */
  readonly pendingSinceMs: number | undefined;
  readonly state: "SYNCED" | "STALE" | "NOT SENT" | "IGNORED";
  readonly rejected: readonly Omit<RejectedResource, "accepted" | "typeUrl">[];
  readonly lastRejection: { readonly nonce: string; readonly message: string; readonly atMs: number } | undefined;
}
