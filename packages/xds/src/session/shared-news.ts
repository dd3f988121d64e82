import type { ResourceType } from "../resource/resource-type.ts";
import { SECRET, type TypeUrl } from "../resource/type-url.ts";
import type { ReplicaResource } from "../snapshot/replica.ts";
import { nothingSent } from "./sent-table.ts";
import { createSharedLists, type NameTable, type SharedLists } from "./shared-lists.ts";
import { covers, type FirstTables, type TypeState } from "./type-state.ts";
import { UNSAID } from "./unsaid.ts";

/**
 * Thousands of streams ask for the same and are told the same, one after the other. What they hold of it is one object for
 * all of them, and what the next one is told need not be worked out again.
 */
export interface SharedNews {
  readonly lists: SharedLists;
  /** What a stream starts with. */
  first(type: ResourceType): FirstTables;
  /** What a client says that it has of what it asks for. */
  believed(state: TypeState, versions: ReadonlyMap<string, string>): ReadonlyMap<string, ReplicaResource>;
}

interface Believed {
  readonly typeUrl: TypeUrl;
  readonly names: NameTable;
  readonly wildcard: boolean;
  readonly resources: ReadonlyMap<string, ReplicaResource>;
}

export function createSharedNews(): SharedNews {
  const lists = createSharedLists();
  const firsts = new Map<TypeUrl, FirstTables>();
  const known = new WeakMap<ReadonlyMap<string, string>, Believed>();

  function firstTables(): FirstTables {
    return { names: lists.of([]).table, sent: nothingSent() };
  }

  return {
    lists,
    first({ typeUrl }) {
      // Secrets are of one stream, and are held for no other.
      if (typeUrl === SECRET) return firstTables();
      let first = firsts.get(typeUrl);
      if (first === undefined) {
        first = firstTables();
        firsts.set(typeUrl, first);
      }
      return first;
    },
    believed(state, versions) {
      const { names, wildcard } = state;
      const { typeUrl } = state.type;
      const before = known.get(versions);
      if (before?.typeUrl === typeUrl && before.names === names && before.wildcard === wildcard)
        return before.resources;
      const resources = new Map<string, ReplicaResource>();
      for (const [name, version] of versions) {
        if (!covers(state, name)) continue;
        const unsaid = { ttlMs: undefined, references: UNSAID, bytes: undefined, offset: 0, length: 0 };
        resources.set(name, { typeUrl, name, version, ...unsaid });
      }
      known.set(versions, { typeUrl, names, wildcard, resources });
      return resources;
    },
  };
}
