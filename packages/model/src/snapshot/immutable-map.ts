/**
 * A map that is never changed: `edit` gives another one that shares what did not change, at a cost that grows with
 * the edits and not with the size. Iteration order depends on the content alone, never on the history.
 */
export interface ImmutableMap<Key extends string, Value> extends Iterable<readonly [Key, Value]> {
  readonly size: number;
  get(key: Key): Value | undefined;
  has(key: Key): boolean;
  keys(): Iterable<Key>;
  values(): Iterable<Value>;
  /** Undefined removes. Gives `this` where nothing differs (`===`). */
  edit(changes: Iterable<readonly [Key, Value | undefined]>): ImmutableMap<Key, Value>;
}
