import {
  byPlace,
  differingKeys,
  editNode,
  editOf,
  emptyTrie,
  entriesOf,
  findEntry,
  type TrieEdit,
  type TrieNode,
} from "./hash-trie.ts";

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
  /** Undefined removes. Gives `this` where nothing differs (`===`). Of several changes of one key the last holds. */
  edit(changes: Iterable<readonly [Key, Value | undefined]>): ImmutableMap<Key, Value>;
  /** Keys whose value is not the same (`===`) in the other map; parts that the two share cost nothing. */
  differences(other: ImmutableMap<Key, Value>): Iterable<Key>;
}

export function createImmutableMap<Key extends string, Value>(
  entries: Iterable<readonly [Key, Value]> = [],
): ImmutableMap<Key, Value> {
  return new TrieMap<Key, Value>(emptyTrie()).edit(entries);
}

class TrieMap<Key extends string, Value> implements ImmutableMap<Key, Value> {
  readonly #root: TrieNode<Key, Value>;

  constructor(root: TrieNode<Key, Value>) {
    this.#root = root;
  }

  get size(): number {
    return this.#root.size;
  }

  get(key: Key): Value | undefined {
    return findEntry(this.#root, key)?.value;
  }

  has(key: Key): boolean {
    return findEntry(this.#root, key) !== undefined;
  }

  *keys(): Iterable<Key> {
    for (const entry of entriesOf(this.#root)) yield entry.key;
  }

  *values(): Iterable<Value> {
    for (const entry of entriesOf(this.#root)) yield entry.value;
  }

  *[Symbol.iterator](): Iterator<readonly [Key, Value]> {
    for (const entry of entriesOf(this.#root)) yield [entry.key, entry.value];
  }

  edit(changes: Iterable<readonly [Key, Value | undefined]>): ImmutableMap<Key, Value> {
    const last = changes instanceof Map ? (changes as ReadonlyMap<Key, Value | undefined>) : new Map(changes);
    const edits: TrieEdit<Key, Value>[] = [];
    for (const [key, value] of last) edits.push(editOf(key, value));
    if (edits.length > 1) edits.sort(byPlace);
    const root = editNode(this.#root, edits);
    return root === this.#root ? this : new TrieMap(root);
  }

  *differences(other: ImmutableMap<Key, Value>): Iterable<Key> {
    if (other instanceof TrieMap) {
      yield* differingKeys<Key, Value>(this.#root, (other as TrieMap<Key, Value>).#root);
      return;
    }
    for (const [key, value] of this) if (other.get(key) !== value) yield key;
    for (const key of other.keys()) if (!this.has(key)) yield key;
  }
}
