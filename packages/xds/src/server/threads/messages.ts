import type { SecureContextOptions } from "node:tls";
import type { HeaderMap } from "../../http2/request-fields.ts";
import type { ResourceName } from "../../resource/resource-name.ts";
import type { TypeUrl } from "../../resource/type-url.ts";
import type { RejectedResource, TypeStatus } from "../../session/protocol.ts";
import type { ViewId } from "../../snapshot/ids.ts";
import type { SnapshotMessage } from "../../snapshot/message.ts";
import type { Refusal } from "../assign.ts";
import type { SentFields } from "../http2/response-fields.ts";
import type { StatusName } from "../http2/status.ts";
import type { XdsNode } from "../node.ts";
import type { Peer } from "../peer.ts";
import type { XdsReport } from "../report.ts";
import type { Admission, Admitted, OwnSecret, StreamReport, StreamView } from "../stream-home.ts";
import type { ThreadOptions } from "../stream-server.ts";

// All that crosses between the main thread and those that serve streams. It is data: everything survives `structuredClone`.

/** What a thread is made with. */
export interface ThreadSetup extends ThreadOptions {
  /** What is to be added to the clock that all threads share (`process.hrtime`), for the time of the main thread. */
  readonly clockMs: number;
  /** One number, in shared memory: of the stream that was opened last in any thread. */
  readonly streams: BigInt64Array;
  /** Methods that are carried out in the main thread. */
  readonly furtherPaths: readonly string[];
}

export type ToThread =
  | { readonly kind: "snapshot"; readonly message: SnapshotMessage }
  | { readonly kind: "listen"; readonly listener: number; readonly port: number }
  | { readonly kind: "certificates"; readonly tls: SecureContextOptions }
  | { readonly kind: "decided"; readonly stream: number; readonly decision: Decision }
  | { readonly kind: "reassigned"; readonly stream: number; readonly decision: StreamView | Refusal }
  /** Only to a thread whose stream's channel proved whose it is. */
  | { readonly kind: "secret"; readonly stream: number; readonly secret: OwnSecret }
  | CallAnswer
  | { readonly kind: "stop"; readonly graceMs: number };

/** What became of a stream that wants to be served. */
export type Decision = Exclude<Admission, Admitted> | Pick<Admitted, keyof StreamView | "rejections" | "ownSecrets">;

export type FromThread =
  | { readonly kind: "listening"; readonly listener: number; readonly port: number }
  | { readonly kind: "not-listening"; readonly listener: number; readonly message: string }
  /** All that happened since the last one, in that order. */
  | { readonly kind: "turn"; readonly news: readonly ThreadNews[] }
  /** Nothing follows. */
  | { readonly kind: "stopped" };

export type ThreadNews =
  | {
      readonly kind: "admit";
      readonly stream: number;
      readonly peer: Peer;
      readonly node: XdsNode;
      readonly asked: TypeUrl;
    }
  | { readonly kind: "reassign"; readonly stream: number; readonly asked: TypeUrl }
  | { readonly kind: "remember"; readonly stream: number; readonly rejected: readonly RejectedResource[] }
  | { readonly kind: "forgive"; readonly stream: number; readonly resource: ResourceName }
  | { readonly kind: "watch" | "unwatch"; readonly stream: number; readonly secret: string }
  | { readonly kind: "release"; readonly stream: number }
  | { readonly kind: "report"; readonly report: StreamReport }
  | PushNews
  | AckNews
  | StatusNews
  | RevisionNews
  | CallNews;

/** One response, and the streams that it was sent to one after the other. */
export interface PushNews {
  readonly kind: "pushes";
  readonly push: Omit<Extract<XdsReport, { readonly kind: "push" }>, "kind" | "stream" | "nodeId" | "peer" | "dialect">;
  readonly streams: number[];
}

/** Streams that acknowledged it one after the other. */
export interface AckNews {
  readonly kind: "acks";
  readonly typeUrl: TypeUrl;
  readonly nonce: string;
  readonly streams: number[];
  /** For each of them, at the same place. */
  readonly waitedMs: number[];
}

/** How far streams are of which something happened. */
export interface StatusNews {
  readonly kind: "status";
  readonly streams: number[];
  readonly appliedRevision: number[];
  readonly settled: boolean[];
  readonly types: readonly TypeNews[];
}

/** What is the same for several streams, and the times, which are not. */
export interface TypeNews {
  readonly status: Omit<TypeStatus, "acknowledgedAtMs" | "pendingSinceMs">;
  readonly streams: number[];
  readonly acknowledgedAtMs: TypeStatus["acknowledgedAtMs"][];
  readonly pendingSinceMs: TypeStatus["pendingSinceMs"][];
}

/**
 * The thread has that revision. Streams of the views that it changes may have something to come; of all the others
 * those that were settled are settled with it.
 */
export interface RevisionNews {
  readonly kind: "revision";
  readonly revision: number;
  readonly views: readonly ViewId[];
}

/** A call of a method that the main thread carries out. */
export type CallNews =
  | {
      readonly kind: "call-opened";
      readonly call: number;
      readonly path: string;
      readonly headers: HeaderMap;
      readonly address: string;
      readonly certificate: Uint8Array | undefined;
      readonly deadlineMs: number;
    }
  | { readonly kind: "call-message"; readonly call: number; readonly bytes: Uint8Array }
  | { readonly kind: "call-taken" | "call-half-closed" | "call-cancelled"; readonly call: number };

export type CallAnswer =
  | { readonly kind: "call-respond"; readonly call: number; readonly headers: SentFields | undefined }
  | { readonly kind: "call-write"; readonly call: number; readonly frame: Uint8Array }
  | { readonly kind: "call-pause" | "call-resume"; readonly call: number }
  | {
      readonly kind: "call-end";
      readonly call: number;
      readonly code: StatusName;
      readonly message: string;
      readonly headers: SentFields | undefined;
    };
