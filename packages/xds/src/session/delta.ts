import type { ReplicaResource } from "../snapshot/replica.ts";
import type { WireDialect } from "./dialect.ts";
import type { DeltaRequest } from "./protocol.ts";
import { endWildcard, isWildcard, startWildcard, subscribe } from "./subscription.ts";
import { demand, forget, type TypeState } from "./type-state.ts";

/** Incremental: requests change the subscription, whatever their nonce; responses say what changed and what is gone. */
export const delta: WireDialect<DeltaRequest> = {
  kind: "delta",
  answerOf(state, request) {
    if (request.nonce === "" || request.nonce !== state.inFlight?.nonce) return "none";
    return request.error === undefined ? "acknowledged" : "rejected";
  },
  resubscribe(state, request) {
    const first = !state.opened;
    for (const name of request.unsubscribe) unsubscribe(state, name);
    const implicit = first && request.subscribe.length === 0 && request.unsubscribe.length === 0;
    if (implicit && state.type.wildcard === "implicit") startWildcard(state);
    for (const name of request.subscribe) {
      state.everNamed = true;
      if (isWildcard(state, name)) startWildcard(state);
      else subscribe(state, name);
    }
    if (first) believe(state, request.initialVersions);
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

function unsubscribe(state: TypeState, name: string): void {
  if (isWildcard(state, name)) {
    endWildcard(state);
  } else if (state.names.delete(name)) {
    // The client cannot know whether the wildcard covers it: it must be told (xds_protocol, "Unsubscribing from Resources").
    if (state.wildcard) demand(state, name);
    else forget(state, name);
  }
}

/** What a client says that it has from an earlier stream is compared, not sent: unless its parent was sent anew on this one. */
function believe(state: TypeState, versions: ReadonlyMap<string, string>): void {
  const { typeUrl } = state.type;
  for (const [name, version] of versions) {
    if (!state.wildcard && !state.names.has(name)) continue;
    const unsaid = { ttlMs: undefined, references: [], bytes: undefined, offset: 0, length: 0 };
    state.sent.set(name, { typeUrl, name, version, ...unsaid });
    state.due.add(name);
    if (!state.refresh.has(name)) state.unanswered.delete(name);
    state.announce = false;
  }
}
