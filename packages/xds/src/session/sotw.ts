import type { ReplicaResource } from "../snapshot/replica.ts";
import type { News, WireDialect } from "./dialect.ts";
import type { SotwRequest } from "./protocol.ts";
import { versionOf } from "./sent-table.ts";
import { endWildcard, isWildcard, plainNames, startWildcard } from "./subscription.ts";
import { demand, forget, type TypeState } from "./type-state.ts";

/** State of the world: each request holds the whole subscription, and is void unless it answers the newest nonce. */
export const sotw: WireDialect<SotwRequest> = {
  kind: "sotw",
  answerOf(state, request) {
    if (state.inFlight === undefined || request.nonce !== state.inFlight.nonce) return "none";
    return request.error === undefined ? "acknowledged" : "rejected";
  },
  resubscribe(state, { names, nonce }, shared) {
    // Said in vain or not: the client knows that it has named something (xds_protocol, "Wildcard subscription").
    if (names.length > 0) state.everNamed = true;
    if (state.opened && nonce !== state.lastNonce) {
      // It changes nothing, but the client may have forgotten what this one leaves out, and want it again in the next.
      const listed = new Set(names);
      for (const name of state.names.names()) if (!listed.has(name)) state.leftOut.add(name);
      if (state.wildcard && !names.some((name) => isWildcard(state, name))) state.leftOut.add("*");
      return false;
    }
    // Most repeat what the last one said: the very same list, where the driver decodes each once.
    if (state.opened && names === state.listed && state.leftOut.size === 0) return true;
    state.listed = names;
    const implicit = names.length === 0 && state.type.wildcard === "implicit" && !state.everNamed;
    const listed = shared.lists.of(names);
    const wanted = plainNames(state, listed);
    const wildcard = implicit || wanted !== listed;
    const before = state.names;
    state.names = wanted.table;
    if (state.leftOut.has("*")) endWildcard(state);
    if (wildcard && !state.wildcard) {
      // Forgotten by the client while nothing stood for it, although `*` does from now on.
      forget(
        state,
        [...state.leftOut].filter((name) => !wanted.set.has(name)),
      );
    }
    if (wildcard) startWildcard(state);
    else endWildcard(state);
    if (!wildcard && before.size > 0) {
      forget(
        state,
        [...before.names()].filter((name) => !wanted.set.has(name)),
      );
    }
    if (before.size === 0) demand(state, wanted.set);
    else
      demand(
        state,
        [...wanted.set].filter((name) => !before.has(name) || state.leftOut.has(name)),
      );
    state.leftOut.clear();
    return true;
  },
  respond(state, { taken, demanded }) {
    const version = versionOf(state.sent);
    const removed = missingOf(state, taken);
    const head = { kind: "sotw", typeUrl: state.type.typeUrl, version, removed, ttl: "given" } as const;
    if (state.type.fullState) return { ...head, resources: [...state.sent.values()] };
    const resources = [...taken].flatMap(([name, target]) => {
      if (target !== undefined) return [target];
      return demanded.has(name) && !state.tellsMissing ? placeholder(state, name) : [];
    });
    return resources.length + removed.length === 0 ? undefined : { ...head, resources };
  },
  renew(state, resources) {
    const head = { kind: "sotw", typeUrl: state.type.typeUrl, removed: [] } as const;
    const version = state.acknowledged?.version;
    if (version !== undefined && !state.type.fullState) return { ...head, version, resources, ttl: "heartbeat" };
    const whole = [...(state.type.fullState ? state.sent.values() : resources)];
    return { ...head, version: versionOf(state.sent), resources: whole.filter(({ bytes }) => bytes), ttl: "given" };
  },
};

/** Names that it asks for, and not those that `*` stands for: TP3 has no errors for them. */
function missingOf(state: TypeState, taken: News["taken"]): readonly string[] {
  if (!state.tellsMissing) return [];
  return [...taken].flatMap(([name, target]) => (target === undefined && state.names.has(name) ? [name] : []));
}

/** What tells a client that waits that there is nothing, where it has no errors for that. */
function placeholder(state: TypeState, name: string): ReplicaResource[] {
  const bytes = state.type.placeholder?.(name);
  if (bytes === undefined) return [];
  const { typeUrl } = state.type;
  const { length } = bytes;
  return [{ typeUrl, name, version: "none", ttlMs: undefined, references: [], bytes, offset: 0, length }];
}
