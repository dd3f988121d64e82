import { resourceType } from "../resource/resource-type.ts";
import { CLUSTER, type TypeUrl } from "../resource/type-url.ts";
import type { ReplicaResource } from "../snapshot/replica.ts";
import { targetOf } from "./target.ts";
import { covers, type TypeState } from "./type-state.ts";
import { isUnsaid } from "./unsaid.ts";
import { UNKNOWN, type ViewReader } from "./view-reader.ts";

export interface StreamTypes {
  readonly reader: ViewReader;
  readonly states: ReadonlyMap<TypeUrl, TypeState>;
}

/**
 * Make before break, the first half: whether what a resource refers to, in types that are pushed before its own, has
 * been written to this client. A route that names a new cluster waits for the cluster and for its endpoints, since
 * Envoy does not warm routes (xds_protocol, "Eventual consistency considerations").
 */
export function isReady(stream: StreamTypes, resource: ReplicaResource): boolean {
  const rank = resourceType(resource.typeUrl).rank;
  return resource.references.every((reference) => {
    const state = stream.states.get(reference.typeUrl);
    if (state === undefined || !state.opened || state.type.rank >= rank) return true;
    if (!covers(state, reference.name)) return true;
    const target = targetOf(stream.reader, state, reference.name);
    if (target === UNKNOWN) return false;
    if (target === undefined) return true;
    const sent = state.sent.get(reference.name);
    if (sent?.version !== target.version) return false;
    return sent.references.every((child) => isChildReady(stream, state, sent, child, rank));
  });
}

export function areReady(stream: StreamTypes, resources: readonly ReplicaResource[]): boolean {
  for (const resource of resources) if (!isReady(stream, resource)) return false;
  return true;
}

/** Whether that does not depend on the client: nothing that it refers to is pushed before it. */
export function isAlwaysReady({ typeUrl, references }: ReplicaResource): boolean {
  const { rank } = resourceType(typeUrl);
  return references.every((reference) => resourceType(reference.typeUrl).rank >= rank);
}

/** The same for what a new parent makes the client ask for, once the client has had the chance to ask. */
function isChildReady(
  stream: StreamTypes,
  parent: TypeState,
  sent: ReplicaResource,
  child: ReplicaResource["references"][number],
  rank: number,
): boolean {
  if (resourceType(child.typeUrl).rank >= rank) return true;
  const state = stream.states.get(child.typeUrl);
  if (state?.opened && covers(state, child.name)) {
    const target = targetOf(stream.reader, state, child.name);
    if (target === UNKNOWN) return false;
    return !state.unanswered.has(child.name) && (target === undefined || isSent(state, target));
  }
  // In SotW a request that asks for it is void while a response of its type is under way; the answer to that one asks again.
  if (state?.inFlight !== undefined) return false;
  const before = parent.inFlight?.previous;
  return before === undefined || !before.has(sent.name) || before.get(sent.name) !== undefined;
}

function isSent(state: TypeState, target: ReplicaResource): boolean {
  return state.sent.get(target.name)?.version === target.version;
}

/**
 * The other half: names of a type that something the client may still use refers to, although the newest snapshot does
 * not. They are not removed before the client has acknowledged what stopped referring.
 */
export function anchoredNames(stream: StreamTypes, typeUrl: TypeUrl): ReadonlyMap<string, Anchor> {
  const anchored = new Map<string, Anchor>();
  function anchor(resource: ReplicaResource | undefined, by: Anchor): void {
    for (const reference of resource?.references ?? []) {
      if (reference.typeUrl === typeUrl) anchored.set(reference.name, by);
    }
  }
  for (const state of stream.states.values()) {
    if (state.type.typeUrl === typeUrl) continue;
    if (!state.opened) {
      // A client that came back still uses what it accepted of a type for which it has not asked yet.
      for (const [name, { accepted }] of state.rejected)
        if (isCurrent(stream, state, name)) anchor(accepted, "rejected");
      continue;
    }
    stream.reader.absorb(state);
    for (const name of state.rejected.keys()) {
      if (!state.due.has(name)) anchor(held(state, name), "rejected");
    }
    for (const name of state.withheld) anchor(held(state, name), "rejected");
  }
  for (const state of stream.states.values()) {
    if (!state.opened || state.type.typeUrl === typeUrl) continue;
    for (const name of state.due) if (!state.withheld.has(name)) anchor(held(state, name), "pending");
    for (const previous of state.inFlight?.previous.values() ?? []) anchor(previous, "pending");
  }
  return anchored;
}

/**
 * Whether something that a client has from an earlier stream may lead to clusters that are not there any more. It says
 * which listeners and routes it has, and not to which clusters these lead: where there are others in their place by now,
 * clusters stay until these are acknowledged. Its requests come together, and all before its first answer. Other types
 * need no such care: their removal has no effect on an Envoy that uses them.
 */
export function unsaidAnchor(stream: StreamTypes, { type, lastNonce }: TypeState): Anchor | undefined {
  if (type.typeUrl !== CLUSTER) return undefined;
  if (lastNonce === "") return "pending";
  let anchor: Anchor | undefined;
  for (const state of stream.states.values()) {
    const isChild = type.children.some(({ typeUrl }) => typeUrl === state.type.typeUrl);
    if (!state.opened || state.type.rank <= type.rank || isChild) continue;
    stream.reader.absorb(state);
    for (const name of state.due) {
      const sent = state.sent.get(name);
      if (!isUnsaid(sent)) continue;
      const target = targetOf(stream.reader, state, name);
      if (target === UNKNOWN || target?.version !== sent?.version) return "pending";
    }
    for (const previous of state.inFlight?.previous.values() ?? []) if (isUnsaid(previous)) return "pending";
    for (const name of state.rejected.keys()) if (isUnsaid(held(state, name))) anchor = "rejected";
  }
  return anchor;
}

/** Whether the version that was rejected is the newest still. */
function isCurrent({ reader }: StreamTypes, state: TypeState, name: string): boolean {
  const current = reader.lookup({ typeUrl: state.type.typeUrl, name });
  return current === UNKNOWN || (current !== undefined && current.version === state.rejected.get(name)?.version);
}

/** What the client has. A client that only said its version did not say what it refers to. */
function held(state: TypeState, name: string): ReplicaResource | undefined {
  const sent = state.sent.get(name);
  const accepted = state.rejected.get(name)?.accepted;
  return sent !== undefined && sent.version === accepted?.version ? accepted : sent;
}

/** `pending`: an answer will release it. `rejected`: the next version of what the client rejected will. */
export type Anchor = "pending" | "rejected";
