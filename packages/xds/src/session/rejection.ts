import type { ReplicaResource } from "../snapshot/replica.ts";
import type { AcceptedResource, RejectedResource, Rejection } from "./protocol.ts";
import { withSent } from "./sent-table.ts";
import { covers, demand, type InFlight, noteRejection, type TypeState } from "./type-state.ts";

/** What is kept of a client's reason: characters, and on the wire bytes. */
export const MAX_REASON = 4096;

/** How Envoy begins where it refused some clusters or listeners, which it names, and applied all others. */
const OTHERS_APPLIED = /Error adding\/updating (cluster|listener)\(s\)/;

/** It ends so where a message breaks a rule of its type. The message is quoted whole, and nothing of the response is applied. */
const QUOTED = "Proto constraint validation failed";

/**
 * So many bad ones are found by their names, one each round trip; from then on what is left is halved too, so that thousands
 * do not come again for each.
 */
const FOUND_SINGLY = 8;

/**
 * Works out what a rejection means (all measured on Envoy 1.40). What it names is not sent again in that version; the
 * others are, unless Envoy says that it applied them: of a response with a message that breaks a rule of its type it
 * applies nothing, although it names that one. Where it names none it applied nothing either: what the response changed
 * is then tried in halves, the other half staying at what the client has.
 */
export function reject(state: TypeState, inFlight: InFlight, error: string, nowMs: number): Rejection {
  const message = error.slice(0, MAX_REASON);
  const { nonce, taken } = inFlight;
  state.lastRejection = { nonce, message, atMs: nowMs };
  // Names that the client has unsubscribed from since are suspects as well: nothing else is bad because of them.
  const changed = [...taken.keys()].filter((name) => taken.get(name) !== undefined);
  const named = namedIn(message, changed);
  if (named.length > 0) {
    if (!OTHERS_APPLIED.test(message)) {
      const rest = others(taken, named);
      revert(state, inFlight, rest);
      const suspects = rest.filter((name) => taken.get(name) !== undefined);
      if (state.rejected.size >= FOUND_SINGLY && suspects.length > 1) halve(state, suspects);
    }
    return blame(state, inFlight, message, named);
  }
  // Nothing was applied, what was to be removed included.
  const removed = [...taken.keys()].filter((name) => taken.get(name) === undefined);
  if (changed.length > 0) revert(state, inFlight, removed);
  if (changed.length === 1) return blame(state, inFlight, message, changed);
  if (changed.length > 1) {
    revert(state, inFlight, changed);
    halve(state, changed);
  }
  return { kind: "rejected", typeUrl: state.type.typeUrl, nonce, message, resources: [], suspects: changed };
}

function blame(
  state: TypeState,
  { nonce, previous, taken }: InFlight,
  message: string,
  culprits: readonly string[],
): Rejection {
  const { typeUrl } = state.type;
  const resources = culprits.map((name): RejectedResource => {
    // What it rejects now may be what it accepted earlier, in the place of a version that it rejected: then it is sent neither again.
    const known = state.rejected.get(name);
    if (known !== undefined) state.acceptedEarlier.delete(name);
    const version = known?.version ?? taken.get(name)?.version ?? "";
    const before = pinned(previous.get(name));
    const accepted = before ?? state.acceptedEarlier.get(name);
    noteRejection(state, name, { version, message, accepted });
    if (covers(state, name)) {
      state.sent = withSent(state.sent, new Map([[name, before]]));
      if (accepted !== before) demand(state, [name]);
    }
    return { typeUrl, name, version, message, accepted: acceptedOf(accepted) };
  });
  return { kind: "rejected", typeUrl, nonce, message, resources, suspects: [] };
}

/** The client still has what it had, of what it is still interested in. */
function revert(state: TypeState, { previous, taken }: InFlight, names: readonly string[]): void {
  const reverted = new Map<string, ReplicaResource | undefined>();
  for (const name of names) {
    if (!covers(state, name)) continue;
    const before = previous.get(name);
    reverted.set(name, before);
    state.due.add(name);
    if (before === undefined && taken.get(name) === undefined) state.unanswered.add(name);
  }
  state.sent = withSent(state.sent, reverted);
}

function halve(state: TypeState, suspects: readonly string[]): void {
  const middle = Math.ceil(suspects.length / 2);
  state.trial.pop();
  state.trial.push(new Set(suspects.slice(middle)), new Set(suspects.slice(0, middle)));
}

/** What thousands of streams go back to is copied once. */
const copies = new WeakMap<ReplicaResource, ReplicaResource>();

/** A copy of the bytes: the memory that sessions share is not to be held for a rejection that may last for days. */
function pinned(resource: ReplicaResource | undefined): ReplicaResource | undefined {
  if (resource?.bytes === undefined) return resource;
  let copy = copies.get(resource);
  if (copy === undefined) {
    const bytes = resource.bytes.slice(resource.offset, resource.offset + resource.length);
    copy = { ...resource, bytes, offset: 0 };
    copies.set(resource, copy);
    copies.set(copy, copy);
  }
  return copy;
}

function acceptedOf(resource: ReplicaResource | undefined): AcceptedResource | undefined {
  if (resource?.bytes === undefined) return undefined;
  const { version, ttlMs, references, bytes } = resource;
  return { version, ttlMs, references, body: bytes };
}

function others(taken: InFlight["taken"], named: readonly string[]): readonly string[] {
  const left = new Set(taken.keys());
  for (const name of named) left.delete(name);
  return [...left];
}

/**
 * What is quoted whole holds also the names of others, to which it refers: its own stands outside all braces. Of a long one
 * the end, where the reason is, may be cut off.
 */
export function namedIn(message: string, names: readonly string[]): readonly string[] {
  if (!OTHERS_APPLIED.test(message)) {
    const own = new Set([...message.matchAll(/(?:^|\): )(?:cluster_)?name: "([^"]*)"/gm)].map(([, name]) => name));
    if (own.size > 0 || message.includes(QUOTED)) return names.filter((name) => own.has(name));
  } else {
    const refused = names.filter((name) => isListed(message, name));
    if (refused.length > 0) return refused;
  }
  return names.filter((name) => mentions(message, name));
}

/**
 * Whether Envoy lists a name as one that it refused: `... cluster(s) NAME: reason, NAME: reason`, listeners each on a line.
 * A reason may name others.
 */
function isListed(text: string, name: string): boolean {
  for (let at = text.indexOf(`${name}: `); at >= 0; at = text.indexOf(`${name}: `, at + 1)) {
    if (/(\(s\) |, |\n)$/.test(text.slice(Math.max(0, at - 4), at))) return true;
  }
  return false;
}

/** Whether a text holds a name as a whole, and not as a part of a longer one. */
export function mentions(text: string, name: string): boolean {
  if (name === "") return false;
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const before = text.charAt(at - 1);
    const after = text.slice(at + name.length, at + name.length + 2);
    if (!/[\w.|/-]/.test(before) && !/^([\w|/-]|[.:][\w*])/.test(after)) return true;
  }
  return false;
}
