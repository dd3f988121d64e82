import type { ArenaSlice, Segment } from "./message.ts";

/** Who holds a place in the arena, so that it can be told where its bytes went. */
export interface ArenaTenant {
  slice: ArenaSlice | undefined;
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
  place(tenant: ArenaTenant, body: Uint8Array): void;
  release(tenant: ArenaTenant): void;
  /** Moves the last tenants out of segments that are mostly empty; gives those that moved. */
  compact(): readonly ArenaTenant[];
  read(slice: ArenaSlice): Uint8Array;
  takeChange(): ArenaChange;
  segments(): readonly Segment[];
}

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

  function place(tenant: ArenaTenant, body: Uint8Array): void {
    const segment = segmentFor(body.length);
    segment.bytes.set(body, segment.used);
    tenant.slice = { kind: "arena", segment: segment.id, offset: segment.used, length: body.length };
    segment.used += body.length;
    segment.live += body.length;
    segment.tenants.add(tenant);
  }

  function release(tenant: ArenaTenant): void {
    if (tenant.slice === undefined) return;
    const segment = segments.get(tenant.slice.segment);
    if (segment?.tenants.delete(tenant)) {
      segment.live -= tenant.slice.length;
      settle(segment);
    }
    tenant.slice = undefined;
  }

  function read(slice: ArenaSlice): Uint8Array {
    const segment = segments.get(slice.segment);
    return segment === undefined
      ? new Uint8Array(0)
      : segment.bytes.subarray(slice.offset, slice.offset + slice.length);
  }

  return {
    place,
    release,
    read,
    compact() {
      const moved: ArenaTenant[] = [];
      for (const segment of [...sparse]) {
        for (const tenant of [...segment.tenants]) {
          const body = read(tenant.slice as ArenaSlice);
          release(tenant);
          place(tenant, body);
          moved.push(tenant);
        }
        sparse.delete(segment);
      }
      return moved;
    },
    takeChange() {
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
