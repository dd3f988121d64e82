import type { ReplicaResource } from "../snapshot/replica.ts";

/** What a client was sent, by name, and one short text that is the same for the same content (SotW's `version_info`). */
export interface SentSet {
  readonly size: number;
  get(name: string): ReplicaResource | undefined;
  set(name: string, resource: ReplicaResource | undefined): void;
  names(): Iterable<string>;
  resources(): Iterable<ReplicaResource>;
  version(): string;
}

export function createSentSet(): SentSet {
  const sent = new Map<string, ReplicaResource>();
  // A sum does not depend on the order in which things came, and costs what changed.
  let low = 0;
  let high = 0;

  function count(resource: ReplicaResource, sign: 1 | -1): void {
    const text = `${resource.name}\n${resource.version}`;
    low = (low + sign * fnv(text, 0x811c9dc5)) >>> 0;
    high = (high + sign * fnv(text, 0x9747b28c)) >>> 0;
  }

  let counting = false;

  return {
    get size() {
      return sent.size;
    },
    get: (name) => sent.get(name),
    set(name, resource) {
      if (counting) {
        const before = sent.get(name);
        if (before !== undefined) count(before, -1);
        if (resource !== undefined) count(resource, 1);
      }
      if (resource === undefined) sent.delete(name);
      else sent.set(name, resource);
    },
    names: () => sent.keys(),
    resources: () => sent.values(),
    version() {
      if (!counting) {
        counting = true;
        for (const resource of sent.values()) count(resource, 1);
      }
      return hex(high) + hex(low);
    },
  };
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}

/** FNV-1a over UTF-16 units: spreads well, and guards against nothing. */
function fnv(text: string, seed: number): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
