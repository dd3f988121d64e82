import type { Segment } from "./message.ts";

/**
 * Bytes that may have a place in the arena: `memory` holds them at `offset`. They can be read there for as long as somebody has
 * the tenant, also when it has left the arena.
 */
export interface ArenaTenant {
  /** The segment's id; 0: it is not in the arena. */
  segment: number;
  memory: Uint8Array;
  offset: number;
  readonly length: number;
}

interface OpenSegment extends Segment {
  readonly bytes: Uint8Array;
  used: number;
  live: number;
  readonly tenants: Set<ArenaTenant>;
}

/** Segments that came and went since the last look. */
export interface ArenaChange {
  readonly added: readonly Segment[];
  readonly dropped: readonly number[];
}

export interface Arena {
  /** Copies its bytes. */
  place(tenant: ArenaTenant): void;
  release(tenant: ArenaTenant): void;
  /** Moves the last tenants out of segments that are mostly empty; gives those that moved. */
  compact(): readonly ArenaTenant[];
  takeChange(): ArenaChange;
  segments(): readonly Segment[];
}

const UNCHANGED: ArenaChange = { added: [], dropped: [] };
const DEFAULT_SEGMENT_BYTES = 256 * 1024;

/**
 * Append-only segments of shared memory. Nothing is ever overwritten, so a reader in another thread needs no lock: a
 * segment is dropped when its last tenant left, and lives on for as long as some reader still holds it.
 */
export function createArena(segmentBytes = DEFAULT_SEGMENT_BYTES): Arena {
  const segments = new Map<number, OpenSegment>();
  let current: OpenSegment | undefined;
  let nextId = 1;
  let added: Segment[] = [];
  let dropped: number[] = [];
  const sparse = new Set<OpenSegment>();

  function open(size: number): OpenSegment {
    const buffer = new SharedArrayBuffer(size);
    const segment = {
      id: nextId++,
      buffer,
      bytes: new Uint8Array(buffer),
      used: 0,
      live: 0,
      tenants: new Set<never>(),
    };
    segments.set(segment.id, segment);
    added.push({ id: segment.id, buffer });
    return segment;
  }

  function segmentFor(length: number): OpenSegment {
    if (length > segmentBytes / 4) return open(length);
    if (current === undefined || current.used + length > segmentBytes) {
      const full = current;
      current = open(segmentBytes);
      if (full !== undefined) settle(full);
    }
    return current;
  }

  function settle(segment: OpenSegment): void {
    if (segment === current) return;
    if (segment.tenants.size === 0) {
      sparse.delete(segment);
      segments.delete(segment.id);
      dropped.push(segment.id);
    } else if (segment.live < segment.bytes.length / 4) {
      sparse.add(segment);
    }
  }

  function place(tenant: ArenaTenant): void {
    const { memory, offset, length } = tenant;
    const segment = segmentFor(length);
    const isWhole = offset === 0 && length === memory.length;
    segment.bytes.set(isWhole ? memory : memory.subarray(offset, offset + length), segment.used);
    tenant.segment = segment.id;
    tenant.memory = segment.bytes;
    tenant.offset = segment.used;
    segment.used += length;
    segment.live += length;
    segment.tenants.add(tenant);
  }

  function release(tenant: ArenaTenant): void {
    const segment = segments.get(tenant.segment);
    if (segment?.tenants.delete(tenant)) {
      segment.live -= tenant.length;
      settle(segment);
    }
    tenant.segment = 0;
  }

  return {
    place,
    release,
    compact() {
      const moved: ArenaTenant[] = [];
      for (const segment of sparse) {
        for (const tenant of [...segment.tenants]) {
          release(tenant);
          place(tenant);
          moved.push(tenant);
        }
        sparse.delete(segment);
      }
      return moved;
    },
    takeChange() {
      if (added.length + dropped.length === 0) return UNCHANGED;
      const here = new Set(added.map(({ id }) => id));
      const gone = new Set(dropped);
      const change = {
        added: added.filter(({ id }) => !gone.has(id)),
        dropped: dropped.filter((id) => !here.has(id)),
      };
      added = [];
      dropped = [];
      return change;
    },
    segments: () => [...segments.values()].map(({ id, buffer }) => ({ id, buffer })),
  };
}
