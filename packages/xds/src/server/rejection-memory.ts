import { type ResourceName, resourceKey } from "../resource/resource-name.ts";
import type { RejectedResource } from "../session/protocol.ts";

/** What nodes rejected, remembered beyond their streams, so that a client that reconnects is not sent it again. */
export interface RejectionMemory {
  of(node: string): readonly RejectedResource[];
  add(node: string, rejected: readonly RejectedResource[]): void;
  remove(node: string, name: ResourceName): void;
}

const MAX_PER_NODE = 1_000;

/** The node that was used longest ago goes first. */
export function createRejectionMemory(maxNodes: number): RejectionMemory {
  const nodes = new Map<string, Map<string, RejectedResource>>();
  return {
    of: (node) => [...(nodes.get(node)?.values() ?? [])],
    add(node, rejected) {
      const known = nodes.get(node) ?? new Map<string, RejectedResource>();
      nodes.delete(node);
      nodes.set(node, known);
      for (const resource of rejected) {
        const key = resourceKey(resource);
        known.delete(key);
        known.set(key, resource);
      }
      for (const key of known.keys()) {
        if (known.size <= MAX_PER_NODE) break;
        known.delete(key);
      }
      for (const key of nodes.keys()) {
        if (nodes.size <= maxNodes) break;
        nodes.delete(key);
      }
    },
    remove(node, name) {
      const known = nodes.get(node);
      known?.delete(resourceKey(name));
      if (known?.size === 0) nodes.delete(node);
    },
  };
}
