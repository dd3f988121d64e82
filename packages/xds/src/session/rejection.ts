import type { ReplicaResource } from "../snapshot/replica.ts";
import type { AcceptedResource, RejectedResource, Rejection } from "./protocol.ts";
import type { InFlight, TypeState } from "./type-state.ts";

const MAX_MESSAGE = 4096;

/**
 * Works out what a rejection means. Envoy names the clusters and listeners that it refused and applies the others; the
 * named ones are not sent again in that version. Where it names none it applied nothing (measured on Envoy 1.40): what the
 * response changed is then tried in halves, the other half staying at what the client has.
 */
export function reject(state: TypeState, inFlight: InFlight, error: string, nowMs: number): Rejection {
  const message = error.slice(0, MAX_MESSAGE);
  const { nonce, previous } = inFlight;
  state.lastRejection = { nonce, message, atMs: nowMs };
  const changed = [...previous.keys()].filter((name) => state.sent.get(name) !== undefined);
  const named = changed.filter((name) => mentions(message, name));
  const culprits = named.length > 0 || changed.length > 1 ? named : changed;
  if (culprits.length === 0) {
    if (changed.length > 1) halve(state, previous, changed);
    return { kind: "rejected", typeUrl: state.type.typeUrl, nonce, message, resources: [], suspects: changed };
  }
  const resources = culprits.map((name): RejectedResource => {
    const version = state.sent.get(name)?.version ?? "";
    const before = pinned(previous.get(name));
    state.rejected.set(name, { version, message, accepted: before });
    state.sent.set(name, before);
    return { typeUrl: state.type.typeUrl, name, version, message, accepted: acceptedOf(before) };
  });
  return { kind: "rejected", typeUrl: state.type.typeUrl, nonce, message, resources, suspects: [] };
}

function halve(state: TypeState, previous: InFlight["previous"], changed: readonly string[]): void {
  const suspects = new Set(changed);
  for (const [name, before] of previous) {
    state.sent.set(name, before);
    state.due.add(name);
    if (before === undefined && !suspects.has(name)) state.unanswered.add(name);
  }
  const middle = Math.ceil(changed.length / 2);
  state.trial.pop();
  state.trial.push(new Set(changed.slice(middle)), new Set(changed.slice(0, middle)));
}

/** A copy of the bytes: the memory that sessions share is not to be held for a rejection that may last for days. */
function pinned(resource: ReplicaResource | undefined): ReplicaResource | undefined {
  if (resource?.bytes === undefined) return resource;
  const bytes = resource.bytes.slice(resource.offset, resource.offset + resource.length);
  return { ...resource, bytes, offset: 0 };
}

function acceptedOf(resource: ReplicaResource | undefined): AcceptedResource | undefined {
  if (resource?.bytes === undefined) return undefined;
  const body = resource.bytes.slice(resource.offset, resource.offset + resource.length);
  return { version: resource.version, references: resource.references, body: Uint8Array.from(body) };
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
