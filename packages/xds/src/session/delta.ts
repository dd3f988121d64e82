import type { ReplicaResource } from "../snapshot/replica.ts";
import type { WireDialect } from "./dialect.ts";
import type { DeltaRequest } from "./protocol.ts";
import { withSent } from "./sent-table.ts";
import type { SharedNews } from "./shared-news.ts";
import { endWildcard, isWildcard, plainNames, startWildcard, subscribe } from "./subscription.ts";
import { demand, forget, type TypeState } from "./type-state.ts";

/** Incremental: requests change the subscription, whatever their nonce; responses say what changed and what is gone. */
export const delta: WireDialect<DeltaRequest> = {
  kind: "delta",
  answerOf(state, request) {
    if (request.nonce === "" || request.nonce !== state.inFlight?.nonce) return "none";
    return request.error === undefined ? "acknowledged" : "rejected";
  },
  resubscribe(state, request, shared) {
    const first = !state.opened;
    if (request.unsubscribe.length > 0) unsubscribe(state, request.unsubscribe);
    const implicit = first && request.subscribe.length === 0 && request.unsubscribe.length === 0;
    if (implicit && state.type.wildcard === "implicit") startWildcard(state);
    if (request.subscribe.length > 0) {
      state.everNamed = true;
      const listed = shared.lists.of(request.subscribe);
      const plain = plainNames(state, listed);
      if (plain !== listed) startWildcard(state);
      subscribe(state, plain);
    }
    if (first && request.initialVersions.size > 0) believe(state, request.initialVersions, shared);
    return true;
  },
  respond(state, { taken, announce, revision }) {
    const resources: ReplicaResource[] = [];
    const removed: string[] = [];
    for (const [name, target] of taken) {
      if (target === undefined) removed.push(name);
      else resources.push(target);
    }
    if (resources.length === 0 && removed.length === 0 && !announce) return undefined;
    return { kind: "delta", typeUrl: state.type.typeUrl, version: String(revision), resources, removed, ttl: "given" };
  },
  renew(state, resources, revision) {
    const version = String(revision);
    return { kind: "delta", typeUrl: state.type.typeUrl, version, resources, removed: [], ttl: "heartbeat" };
  },
};

function unsubscribe(state: TypeState, names: readonly string[]): void {
  if (names.some((name) => isWildcard(state, name))) endWildcard(state);
  const gone = new Map<string, undefined>();
  for (const name of names) if (state.names.has(name)) gone.set(name, undefined);
  state.names = state.names.with(gone);
  // The client cannot know whether the wildcard covers it: it must be told (xds_protocol, "Unsubscribing from Resources").
  if (state.wildcard) demand(state, [...gone.keys()]);
  else forget(state, gone.keys());
}

/** What a client says that it has from an earlier stream is compared, not sent: unless its parent was sent anew on this one. */
function believe(state: TypeState, versions: ReadonlyMap<string, string>, shared: SharedNews): void {
  const believed = shared.believed(state, versions);
  if (believed.size === 0) return;
  state.sent = withSent(state.sent, believed);
  state.announce = false;
  if (!state.wildcard && believed.size === state.names.size && state.refresh.size === 0) {
    // All that is due already.
    state.unanswered.clear();
    return;
  }
  for (const name of believed.keys()) {
    state.due.add(name);
    if (!state.refresh.has(name)) state.unanswered.delete(name);
  }
}
