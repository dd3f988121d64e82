import { channel } from "node:diagnostics_channel";
import type { ObjectKey } from "@portolan/model";
import type { TypeUrl } from "../resource/type-url.ts";
import type { Dialect, TypeStatus } from "../session/protocol.ts";
import type { ViewId } from "../snapshot/ids.ts";
import type { Peer } from "./peer.ts";

/** A stream as others see it. What the peer said is its own text: print it through `printable`. */
export interface StreamLabel {
  readonly stream: number;
  readonly nodeId: string;
  readonly peer: Peer;
  readonly dialect: Dialect;
}

/** What happens on the streams: data, so that it can come from another thread. */
export type XdsReport =
  | ({ readonly kind: "stream-opened"; readonly view: ViewId } & StreamLabel)
  | ({ readonly kind: "stream-closed"; readonly status: string; readonly message: string } & StreamLabel)
  | ({
      readonly kind: "push";
      readonly typeUrl: TypeUrl;
      readonly nonce: string;
      readonly version: string;
      readonly resources: number;
      readonly removed: number;
      readonly bytes: number;
      readonly oversize: boolean;
    } & StreamLabel)
  | ({
      readonly kind: "ack";
      readonly typeUrl: TypeUrl;
      readonly nonce: string;
      readonly waitedMs: number;
    } & StreamLabel)
  | ({
      readonly kind: "nack";
      readonly typeUrl: TypeUrl;
      readonly nonce: string;
      readonly message: string;
      /** What was found to be bad, with the objects that it was made from. Empty: being searched among `suspects`. */
      readonly resources: readonly {
        readonly name: string;
        readonly version: string;
        readonly origins: readonly ObjectKey[];
      }[];
      readonly suspects: readonly string[];
    } & StreamLabel)
  /** A stream was not served. */
  | {
      readonly kind: "refused";
      readonly address: string;
      readonly nodeId: string | undefined;
      readonly status: string;
      readonly message: string;
    }
  /** A function that was given to the server threw, or a worker ended; only the stream, or the worker's streams, are affected. */
  | {
      readonly kind: "fault";
      readonly where: "assign" | "secrets" | "release" | "listener" | "worker";
      readonly cause: unknown;
    };

/** A stream's row in a status table. */
export interface XdsConnection extends StreamLabel {
  readonly cluster: string;
  readonly userAgent: string;
  readonly view: ViewId;
  /** `ADS`, or the type's short name on a service of its own. */
  readonly service: string;
  readonly openedAtMs: number;
  /** The newest revision of the store all of which that concerns this stream is acknowledged or rejected. */
  readonly appliedRevision: number;
  /** Whether that is the store's newest. */
  readonly settled: boolean;
  readonly types: readonly TypeStatus[];
}

const channels = {
  "stream-opened": channel("portolan:xds:stream-opened"),
  "stream-closed": channel("portolan:xds:stream-closed"),
  push: channel("portolan:xds:push"),
  ack: channel("portolan:xds:ack"),
  nack: channel("portolan:xds:nack"),
  refused: channel("portolan:xds:refused"),
  fault: channel("portolan:xds:fault"),
} as const satisfies Record<XdsReport["kind"], unknown>;

/** Gives a report to whoever follows `portolan:xds:KIND`. */
export function publish(report: XdsReport): void {
  const target = channels[report.kind];
  if (target.hasSubscribers) target.publish(report);
}
