import { parseResourceKey, type ResourceName } from "../resource/resource-name.ts";
import type { HeldResource } from "./snapshot-store.ts";
import type { StoredResource } from "./stored-resource.ts";
import { type BrokenReference, type Mended, slotOf, type Transaction } from "./transaction.ts";

/** What could not be done because of a reference, remembered until it can be. */
export interface HeldResources {
  /** The slot was given anew: what was remembered of it is void. */
  forget(resource: Pick<StoredResource, "layer" | "key">): void;
  /** Tries again what waited for these, within a transaction that has its own changes in already. */
  retry(transaction: Transaction, changed: Iterable<string>): void;
  /** Takes in what the transaction could not do; gives what is new. */
  add(mended: Mended): readonly HeldResource[];
  list(): readonly HeldResource[];
}

interface Refused {
  readonly kind: BrokenReference["kind"];
  readonly wanted: StoredResource;
  readonly missing: string;
}

interface Kept {
  readonly resource: StoredResource;
  readonly referrer: StoredResource;
}

export function createHeldResources(): HeldResources {
  const refused = new Map<string, Refused>();
  const waiting = new Map<string, Set<string>>();
  const kept = new Map<string, Kept>();

  function dropRefused(slot: string): void {
    const entry = refused.get(slot);
    if (entry === undefined) return;
    refused.delete(slot);
    const slots = waiting.get(entry.missing);
    slots?.delete(slot);
    if (slots?.size === 0) waiting.delete(entry.missing);
  }

  return {
    forget({ layer, key }) {
      if (refused.size + kept.size === 0) return;
      dropRefused(slotOf(layer, key));
      kept.delete(slotOf(layer, key));
    },
    retry(transaction, changed) {
      const queue = [...changed];
      for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
        for (const slot of [...(waiting.get(key) ?? [])]) {
          const entry = refused.get(slot);
          if (entry === undefined) continue;
          dropRefused(slot);
          transaction.put(entry.wanted);
          queue.push(entry.wanted.key);
        }
      }
      // Whether somebody still refers to them is for mend() to find out.
      for (const { resource } of kept.values()) transaction.remove(resource);
    },
    add(mended) {
      const before = new Set(kept.keys());
      kept.clear();
      const added: HeldResource[] = [];
      for (const { kind, resource, missing } of mended.refused) {
        const slot = slotOf(resource.layer, resource.key);
        refused.set(slot, { kind, wanted: resource, missing });
        const slots = waiting.get(missing);
        if (slots === undefined) waiting.set(missing, new Set([slot]));
        else slots.add(slot);
        added.push(heldRefused({ kind, wanted: resource, missing }));
      }
      for (const entry of mended.kept) {
        const slot = slotOf(entry.resource.layer, entry.resource.key);
        kept.set(slot, entry);
        if (!before.has(slot)) added.push(heldKept(entry));
      }
      return added;
    },
    list: () => [...[...refused.values()].map(heldRefused), ...[...kept.values()].map(heldKept)],
  };
}

function heldRefused({ kind, wanted, missing }: Refused): HeldResource {
  const { layer, origins } = wanted;
  const because = parseResourceKey(missing);
  return { kind: kind === "missing" ? "refused" : "claimed", layer, resource: nameOf(wanted), because, origins };
}

function heldKept({ resource, referrer }: Kept): HeldResource {
  return {
    kind: "kept",
    layer: resource.layer,
    resource: nameOf(resource),
    because: nameOf(referrer),
    origins: resource.origins,
  };
}

function nameOf({ typeUrl, name }: ResourceName): ResourceName {
  return { typeUrl, name };
}
