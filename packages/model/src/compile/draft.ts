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
  return new EditedMap(before);
}

const NOTHING: ReadonlySet<never> = new Set();

/** Most maps stay as they are: then nothing is made for them. */
class EditedMap<Key extends string, Value> implements MapDraft<Key, Value> {
  readonly before: ImmutableMap<Key, Value>;
  private edits: Map<Key, Value | undefined> | undefined;

  constructor(before: ImmutableMap<Key, Value>) {
    this.before = before;
  }

  get(key: Key): Value | undefined {
    const edited = this.edits?.get(key);
    return edited === undefined && !this.edits?.has(key) ? this.before.get(key) : edited;
  }

  set(key: Key, value: Value | undefined): void {
    const existing = this.before.get(key);
    const next = value === undefined ? undefined : keepSame(existing, value);
    if (next === existing) {
      this.edits?.delete(key);
      return;
    }
    this.edits ??= new Map();
    this.edits.set(key, next);
  }

  touched(): ReadonlySet<Key> {
    return this.edits === undefined ? NOTHING : new Set(this.edits.keys());
  }

  finish(): ImmutableMap<Key, Value> {
    return this.edits === undefined ? this.before : this.before.edit(this.edits);
  }
}
