import { type ResourceName, resourceKey } from "../resource/resource-name.ts";
import type { AcceptedResource } from "../session/protocol.ts";

/** Bodies of resources that many nodes refer to, each held once for as long as one of them does. */
export interface SharedBodies {
  /** Of all that are held. */
  readonly bytes: number;
  /** The same resource with the body that all hold; each is to be released once. */
  take(name: ResourceName, accepted: AcceptedResource): AcceptedResource;
  release(name: ResourceName, accepted: AcceptedResource): void;
}

export function createSharedBodies(): SharedBodies {
  const users = new Map<Uint8Array, number>();
  const known = new Map<string, Uint8Array>();
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    take(name, accepted) {
      const key = keyOf(name, accepted);
      const there = known.get(key);
      // Versions that callers give may stand for different bodies in different views.
      const body = there !== undefined && Buffer.compare(there, accepted.body) === 0 ? there : accepted.body;
      if (there === undefined) known.set(key, body);
      const count = users.get(body) ?? 0;
      if (count === 0) bytes += body.length;
      users.set(body, count + 1);
      return { ...accepted, body };
    },
    release(name, accepted) {
      const { body } = accepted;
      const count = users.get(body) ?? 0;
      if (count > 1) users.set(body, count - 1);
      if (count !== 1) return;
      users.delete(body);
      bytes -= body.length;
      const key = keyOf(name, accepted);
      if (known.get(key) === body) known.delete(key);
    },
  };
}

function keyOf(name: ResourceName, { version }: AcceptedResource): string {
  return `${version}\n${resourceKey(name)}`;
}
