import type { Identity } from "@portolan/model";
import type { TypeUrl } from "../resource/type-url.ts";
import type { ViewId } from "../snapshot/ids.ts";
import type { XdsNode } from "./node.ts";
import type { Peer } from "./peer.ts";

/** What a client gets. */
export type Assignment =
  | {
      readonly view: ViewId;
      /**
       * The types that the view holds; absent: all. A stream that asks for another one is assigned again, is served from
       * that view from then on, and the former assignment is released.
       */
      readonly types?: readonly TypeUrl[];
      /** Whose secrets it gets: served only where the channel proves this very identity. */
      readonly identity?: Identity;
      /** Called once when the stream is over, or was assigned again. */
      readonly release?: () => void;
    }
  | Refusal;

export interface Refusal {
  readonly refused: { readonly code: RefusalCode; readonly message: string };
}

export type RefusalCode =
  | "INVALID_ARGUMENT"
  | "PERMISSION_DENIED"
  | "UNAUTHENTICATED"
  | "RESOURCE_EXHAUSTED"
  | "UNAVAILABLE";

/**
 * Authorisation and grouping, once a stream, and again where it asks for a type that its view does not hold. `asked`: the
 * type of the request that it is for. What it throws ends the stream with UNAVAILABLE, and is reported as a fault.
 */
export type Assign = (peer: Peer, node: XdsNode, asked: TypeUrl) => Assignment | Promise<Assignment>;
