import type { DecodedBlock } from "./hpack/decoder.ts";
import type { HeaderMap } from "./request-fields.ts";

/** The first request of a connection, read before on another. */
export interface KnownHead extends DecodedBlock {
  readonly headers: HeaderMap;
}

/**
 * First header blocks, which clients of one kind send alike: a thousand connections share one set of headers and one
 * table. Only what was read with an empty table can be known by its bytes.
 */
export interface HeadCache {
  get(block: Uint8Array): KnownHead | undefined;
  set(block: Uint8Array, head: KnownHead): void;
}

const MAX_BLOCK_BYTES = 1024;
const MAX_ENTRIES = 64;

export function createHeadCache(): HeadCache {
  const entries = new Map<number, { readonly block: Uint8Array; readonly head: KnownHead }>();
  return {
    get(block) {
      if (block.length > MAX_BLOCK_BYTES) return undefined;
      const entry = entries.get(hashOf(block));
      return entry !== undefined && isSame(entry.block, block) ? entry.head : undefined;
    },
    set(block, head) {
      if (block.length > MAX_BLOCK_BYTES) return;
      if (entries.size >= MAX_ENTRIES) entries.clear();
      entries.set(hashOf(block), { block: Uint8Array.from(block), head });
    },
  };
}

/** FNV-1a. */
function hashOf(block: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < block.length; at++) hash = Math.imul(hash ^ block[at]!, 0x01000193);
  return hash;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
