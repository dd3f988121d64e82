import type { EncodedResource } from "../resource/encoded-resource.ts";
import type { ResourceName } from "../resource/resource-name.ts";
import type { LayerId } from "../snapshot/ids.ts";
import type { LayerUpdate } from "../snapshot/snapshot-store.ts";
import type { Memo, MemoEntry } from "./memo.ts";

/** What a layer holds, by who brought it: a service, an address and port, ... It remembers what changed since the last look. */
export interface LiveLayer {
  readonly id: LayerId;
  /** Everything that this owner brings from now on; nothing: the owner is gone. */
  put(owner: string, entries: readonly MemoEntry[]): void;
  owners(): Iterable<string>;
  /** What differs since the last call; undefined: nothing. */
  takeUpdate(): LayerUpdate | undefined;
  /** Gives up what it shares with other layers. */
  close(): void;
}

const nothing: readonly MemoEntry[] = [];

export function createLiveLayer(id: LayerId, memo: Memo): LiveLayer {
  const byOwner = new Map<string, readonly MemoEntry[]>();
  const resources = new Map<string, EncodedResource>();
  // Key of a resource -> what stood there at the last look.
  const before = new Map<string, EncodedResource | undefined>();

  function place(key: string, resource: EncodedResource | undefined): void {
    if (!before.has(key)) before.set(key, resources.get(key));
    if (resource === undefined) resources.delete(key);
    else resources.set(key, resource);
  }

  return {
    id,
    put(owner, entries) {
      const last = byOwner.get(owner) ?? nothing;
      if (last.length === entries.length && last.every((entry, index) => entry === entries[index])) return;
      for (const entry of entries) memo.retain(entry);
      for (const entry of last) {
        const { resource } = entry;
        // Another owner may have taken the name over already.
        if (resources.get(resource.key) === resource) place(resource.key, undefined);
        memo.release(entry);
      }
      for (const { resource } of entries) place(resource.key, resource);
      if (entries.length === 0) byOwner.delete(owner);
      else byOwner.set(owner, entries);
    },
    owners: () => byOwner.keys(),
    takeUpdate() {
      if (before.size === 0) return undefined;
      const set: EncodedResource[] = [];
      const removed: ResourceName[] = [];
      for (const [key, old] of before) {
        const now = resources.get(key);
        if (now === old) continue;
        if (now !== undefined) set.push(now);
        else if (old !== undefined) removed.push({ typeUrl: old.typeUrl, name: old.name });
      }
      before.clear();
      return set.length + removed.length === 0 ? undefined : { layer: id, set, removed };
    },
    close() {
      for (const entries of byOwner.values()) for (const entry of entries) memo.release(entry);
      byOwner.clear();
      resources.clear();
      before.clear();
    },
  };
}
