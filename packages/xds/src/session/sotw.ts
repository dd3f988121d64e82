import type { ReplicaResource } from "../snapshot/replica.ts";
import type { WireDialect } from "./dialect.ts";
import type { SotwRequest } from "./protocol.ts";
import { endWildcard, isWildcard, startWildcard, subscribe } from "./subscription.ts";
import { forget, type TypeState } from "./type-state.ts";

/** State of the world: each request holds the whole subscription, and is void unless it answers the newest nonce. */
export const sotw: WireDialect<SotwRequest> = {
  kind: "sotw",
  answerOf(state, request) {
    if (state.inFlight === undefined || request.nonce !== state.inFlight.nonce) return "none";
    return request.error === undefined ? "acknowledged" : "rejected";
  },
  resubscribe(state, { names, nonce }) {
    if (state.opened && nonce !== state.lastNonce) {
      // It changes nothing, but the client may have forgotten what this one leaves out, and want it again in the next.
      const listed = new Set(names);
      for (const name of state.names) if (!listed.has(name)) state.leftOut.add(name);
      if (state.wildcard && !names.some((name) => isWildcard(state, name))) state.leftOut.add("*");
      return false;
    }
    // Most repeat what the last one said: the very same list, where the driver decodes each once.
    if (state.opened && names === state.listed && state.leftOut.size === 0) return true;
    state.listed = names;
    const implicit = names.length === 0 && state.type.wildcard === "implicit" && !state.everNamed;
    if (names.length > 0) state.everNamed = true;
    const wanted = new Set(names);
    const wildcard = implicit || [...wanted].some((name) => isWildcard(state, name));
    if (wildcard && state.type.wildcard !== "none") wanted.delete("*");
    const before = state.names;
    state.names = wanted;
    if (state.leftOut.has("*")) endWildcard(state);
    if (wildcard) startWildcard(state);
    else endWildcard(state);
    for (const name of before) if (!wanted.has(name) && !wildcard) forget(state, name);
    for (const name of wanted) if (!before.has(name) || state.leftOut.has(name)) subscribe(state, name);
    state.leftOut.clear();
    return true;
  },
  respond(state, { taken, demanded }) {
    const version = state.sent.version();
    const head = { kind: "sotw", typeUrl: state.type.typeUrl, version, removed: [], ttl: "given" } as const;
    if (state.type.fullState) return { ...head, resources: [...state.sent.resources()] };
    const resources = [...taken].flatMap(([name, target]) => {
      if (target !== undefined) return [target];
      return demanded.has(name) ? placeholder(state, name) : [];
    });
    return resources.length === 0 ? undefined : { ...head, resources };
  },
  renew(state, resources) {
    const head = { kind: "sotw", typeUrl: state.type.typeUrl, removed: [] } as const;
    const version = state.acknowledged?.version;
    if (version !== undefined && !state.type.fullState) return { ...head, version, resources, ttl: "heartbeat" };
    const whole = [...(state.type.fullState ? state.sent.resources() : resources)];
    return { ...head, version: state.sent.version(), resources: whole.filter(({ bytes }) => bytes), ttl: "given" };
  },
};

/** What tells a client that waits that there is nothing: the protocol has no words for it in this dialect. */
function placeholder(state: TypeState, name: string): ReplicaResource[] {
  const bytes = state.type.placeholder?.(name);
  if (bytes === undefined) return [];
  const { typeUrl } = state.type;
  const { length } = bytes;
  return [{ typeUrl, name, version: "none", ttlMs: undefined, references: [], bytes, offset: 0, length }];
}
