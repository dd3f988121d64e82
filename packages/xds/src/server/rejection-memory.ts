import { type ResourceName, resourceKey } from "../resource/resource-name.ts";
import type { RejectedResource } from "../session/protocol.ts";
import { createSharedBodies } from "./shared-bodies.ts";
import { createSharedReasons } from "./shared-reasons.ts";

/**
 * What nodes rejected, remembered beyond their streams, so that a client that reconnects is not sent it again, but what it
 * accepted before.
 */
export interface RejectionMemory {
  of(node: string): readonly RejectedResource[];
  add(node: string, rejected: readonly RejectedResource[]): void;
  remove(node: string, name: ResourceName): void;
}

const MAX_PER_NODE = 1_000;
/** Of what nodes accepted before and why they reject what came then; nodes that say the same share it. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The node that was used longest ago goes first. */
export function createRejectionMemory(maxNodes: number, maxBytes = MAX_BYTES): RejectionMemory {
  const nodes = new Map<string, Map<string, RejectedResource>>();
  const bodies = createSharedBodies();
  const reasons = createSharedReasons();

  function put(known: Map<string, RejectedResource>, resource: RejectedResource): void {
    const accepted = resource.accepted && bodies.take(resource, resource.accepted);
    const key = resourceKey(resource);
    drop(known, key);
    known.set(key, { ...resource, accepted, message: reasons.take(resource.message) });
  }

  function drop(known: Map<string, RejectedResource>, key: string): void {
    const resource = known.get(key);
    if (resource === undefined) return;
    known.delete(key);
    reasons.release(resource.message);
    if (resource.accepted !== undefined) bodies.release(resource, resource.accepted);
  }

  return {
    of: (node) => [...(nodes.get(node)?.values() ?? [])],
    add(node, rejected) {
      const known = nodes.get(node) ?? new Map<string, RejectedResource>();
      nodes.delete(node);
      nodes.set(node, known);
      for (const resource of rejected) put(known, resource);
      for (const key of known.keys()) {
        if (known.size <= MAX_PER_NODE) break;
        drop(known, key);
      }
      for (const [name, resources] of nodes) {
        if (nodes.size <= maxNodes && bodies.bytes + reasons.length <= maxBytes) break;
        for (const key of [...resources.keys()]) drop(resources, key);
        nodes.delete(name);
      }
    },
    remove(node, name) {
      const known = nodes.get(node);
      if (known === undefined) return;
      drop(known, resourceKey(name));
      if (known.size === 0) nodes.delete(node);
    },
  };
}
