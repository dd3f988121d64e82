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
  return new CountedSet();
}

/** A class: there is one for each type of each stream, and getters in object literals give each object a shape of its own. */
class CountedSet implements SentSet {
  private readonly sent = new Map<string, ReplicaResource>();
  // A sum does not depend on the order in which things came, and costs what changed.
  private low = 0;
  private high = 0;
  private counting = false;

  get size(): number {
    return this.sent.size;
  }

  get(name: string): ReplicaResource | undefined {
    return this.sent.get(name);
  }

  set(name: string, resource: ReplicaResource | undefined): void {
    if (this.counting) {
      const before = this.sent.get(name);
      if (before !== undefined) this.count(before, -1);
      if (resource !== undefined) this.count(resource, 1);
    }
    if (resource === undefined) this.sent.delete(name);
    else this.sent.set(name, resource);
  }

  names(): Iterable<string> {
    return this.sent.keys();
  }

  resources(): Iterable<ReplicaResource> {
    return this.sent.values();
  }

  version(): string {
    if (!this.counting) {
      this.counting = true;
      for (const resource of this.sent.values()) this.count(resource, 1);
    }
    return hex(this.high) + hex(this.low);
  }

  private count(resource: ReplicaResource, sign: 1 | -1): void {
    const text = `${resource.name}\n${resource.version}`;
    this.low = (this.low + sign * fnv(text, 0x811c9dc5)) >>> 0;
    this.high = (this.high + sign * fnv(text, 0x9747b28c)) >>> 0;
  }
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
