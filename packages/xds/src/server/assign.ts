import type { Identity } from "@portolan/model";
import type { ViewId } from "../snapshot/ids.ts";
import type { XdsNode } from "./node.ts";
import type { Peer } from "./peer.ts";

/** What a client gets, decided once a stream. */
export type Assignment =
  | {
      readonly view: ViewId;
      /** Whose secrets it gets: served only where the channel proves this very identity. */
      readonly identity?: Identity;
      /** Called once when the stream is over. */
      readonly release?: () => void;
    }
  | { readonly refused: { readonly code: RefusalCode; readonly message: string } };

export type RefusalCode =
  | "INVALID_ARGUMENT"
  | "PERMISSION_DENIED"
  | "UNAUTHENTICATED"
  | "RESOURCE_EXHAUSTED"
  | "UNAVAILABLE";

/** Authorisation and grouping. What it throws ends the stream with UNAVAILABLE, and is reported as a fault. */
export type Assign = (peer: Peer, node: XdsNode) => Assignment | Promise<Assignment>;
