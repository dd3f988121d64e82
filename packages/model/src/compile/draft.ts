import { createImmutableMap, type ImmutableMap } from "../snapshot/immutable-map.ts";
import { keepSame } from "../snapshot/same-value.ts";
import type { Lookup } from "./lookup.ts";

/** An ImmutableMap while its next version is made: values that come out equal keep their reference and count as untouched. */
export interface MapDraft<Key extends string, Value> extends Lookup<Key, Value> {
  readonly before: ImmutableMap<Key, Value>;
  /** Undefined removes. */
  set(key: Key, value: Value | undefined): void;
  /** Keys added, changed or removed. */
  touched(): ReadonlySet<Key>;
  finish(): ImmutableMap<Key, Value>;
}

export function draftOf<Key extends string, Value>(
  before: ImmutableMap<Key, Value> = createImmutableMap(),
): MapDraft<Key, Value> {
  const edits = new Map<Key, Value | undefined>();
  return {
    before,
    get: (key) => (edits.has(key) ? edits.get(key) : before.get(key)),
    set(key, value) {
      const existing = before.get(key);
      const next = value === undefined ? undefined : keepSame(existing, value);
      if (next === existing) edits.delete(key);
      else edits.set(key, next);
    },
    touched: () => new Set(edits.keys()),
    finish: () => before.edit(edits),
  };
}
