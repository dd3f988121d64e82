import type { ReplicaResource } from "../snapshot/replica.ts";
import type { Dialect, SessionRequest, SessionResponse } from "./protocol.ts";
import type { SharedNews } from "./shared-news.ts";
import type { TypeState } from "./type-state.ts";

/** What a request says about the response that is in flight. */
export type Answer = "none" | "acknowledged" | "rejected";

/** What the next response is to tell; `state.sent` holds it already. */
export interface News {
  /** Name -> what the client is to have; undefined: it is to be gone. */
  readonly taken: ReadonlyMap<string, ReplicaResource | undefined>;
  /** Names that must be answered. */
  readonly demanded: ReadonlySet<string>;
  /** An answer is due even if it is empty. */
  readonly announce: boolean;
  readonly revision: number;
}

export type Told = Omit<SessionResponse, "oversize">;

/** All in which the two dialects of the protocol differ. */
export interface WireDialect<Request extends SessionRequest = SessionRequest> {
  readonly kind: Dialect;
  answerOf(state: TypeState, request: Request): Answer;
  /** Changes the subscription as the request says; false: the request is void. */
  resubscribe(state: TypeState, request: Request, shared: SharedNews): boolean;
  /** Gives undefined where there is nothing to say on the wire. */
  respond(state: TypeState, news: News): Told | undefined;
  /** Renews the TTLs of resources that the client has. */
  renew(state: TypeState, resources: readonly ReplicaResource[], revision: number): Told;
}
