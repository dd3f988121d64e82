import type { ReplicaResource } from "./replica-table.ts";

/**
 * The bytes of versions that were replaced, for a while. A client that rejects what took their place still has them, and
 * may have to be told them again. Streams that stand still hold such versions without end: only the last ones have bytes.
 */
export interface RetiredBytes {
  add(resource: ReplicaResource): void;
  /** That memory is to be held no longer. */
  leave(memory: Uint8Array): void;
}

const MAX_COUNT = 4_096;
export const DEFAULT_RETIRED_BYTES = 4 * 1024 * 1024;

export function createRetiredBytes(maxBytes = DEFAULT_RETIRED_BYTES): RetiredBytes {
  let retired: ReplicaResource[] = [];
  let first = 0;
  let bytes = 0;

  function dropFirst(): void {
    const resource = retired[first++] as ReplicaResource;
    bytes -= resource.length;
    resource.bytes = undefined;
    if (first < MAX_COUNT) return;
    retired = retired.slice(first);
    first = 0;
  }

  return {
    add(resource) {
      retired.push(resource);
      bytes += resource.length;
      while (bytes > maxBytes || retired.length - first > MAX_COUNT) dropFirst();
    },
    leave(memory) {
      for (let at = first; at < retired.length; at++) {
        const resource = retired[at] as ReplicaResource;
        if (resource.bytes !== memory) continue;
        resource.bytes = memory.slice(resource.offset, resource.offset + resource.length);
        resource.offset = 0;
      }
    },
  };
}
