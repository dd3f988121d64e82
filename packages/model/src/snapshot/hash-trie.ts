import { hashText } from "../hash-text.ts";

/**
 * A trie over the bits of a 32-bit hash, high bits first, with sorted leaves. Its order is that of (hash, key), so it
 * depends on the content alone; and so does its shape, since a node of at most `LEAF_SIZE` entries is always a leaf.
 */
export type TrieNode<Key extends string, Value> = Leaf<Key, Value> | Branch<Key, Value>;

export interface TrieEntry<Key extends string, Value> {
  readonly hash: number;
  readonly key: Key;
  readonly value: Value;
}

interface Leaf<Key extends string, Value> {
  readonly size: number;
  readonly entries: readonly TrieEntry<Key, Value>[];
}

interface Branch<Key extends string, Value> {
  readonly size: number;
  readonly children: readonly TrieNode<Key, Value>[];
}

/** Undefined removes. */
export interface TrieEdit<Key extends string, Value> {
  readonly hash: number;
  readonly key: Key;
  readonly value: Value | undefined;
}

const BITS = 4;
const WIDTH = 1 << BITS;
const LEAF_SIZE = 16;
const LAST_DEPTH = 32 / BITS;

const EMPTY: Leaf<never, never> = { size: 0, entries: [] };

export function emptyTrie<Key extends string, Value>(): TrieNode<Key, Value> {
  return EMPTY;
}

export function findEntry<Key extends string, Value>(
  root: TrieNode<Key, Value>,
  key: Key,
): TrieEntry<Key, Value> | undefined {
  if (root.size === 0) return undefined;
  const hash = hashText(key);
  let node = root;
  for (let depth = 0; "children" in node; depth++) node = node.children[digit(hash, depth)]!;
  for (const entry of node.entries) if (entry.hash === hash && entry.key === key) return entry;
  return undefined;
}

/** In the order of (hash, key). */
export function* entriesOf<Key extends string, Value>(
  node: TrieNode<Key, Value>,
): Generator<TrieEntry<Key, Value>, void, undefined> {
  if ("children" in node) {
    for (const child of node.children) if (child.size > 0) yield* entriesOf(child);
  } else {
    yield* node.entries;
  }
}

export function editOf<Key extends string, Value>(key: Key, value: Value | undefined): TrieEdit<Key, Value> {
  return { hash: hashText(key), key, value };
}

/** Edits must be sorted by `byPlace`, one a key. Gives the same node where nothing differs. */
export function editNode<Key extends string, Value>(
  node: TrieNode<Key, Value>,
  edits: readonly TrieEdit<Key, Value>[],
  depth = 0,
): TrieNode<Key, Value> {
  if (edits.length === 0) return node;
  if (!("children" in node)) {
    const merged = mergeEntries(node.entries, edits);
    return merged === node.entries ? node : nodeOf(merged, depth);
  }
  const children = node.children.slice();
  let size = node.size;
  let changed = false;
  for (let from = 0; from < edits.length; ) {
    const at = digit(edits[from]!.hash, depth);
    let to = from + 1;
    while (to < edits.length && digit(edits[to]!.hash, depth) === at) to++;
    const before = children[at]!;
    const after = editNode(before, edits.slice(from, to), depth + 1);
    if (after !== before) {
      changed = true;
      size += after.size - before.size;
      children[at] = after;
    }
    from = to;
  }
  if (!changed) return node;
  return size > LEAF_SIZE ? { size, children } : { size, entries: children.flatMap((child) => [...entriesOf(child)]) };
}

export function byPlace(a: { hash: number; key: string }, b: { hash: number; key: string }): number {
  return a.hash - b.hash || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
}

/** Keys whose value is not the same reference in both; parts that the tries share are not looked at. */
export function* differingKeys<Key extends string, Value>(
  a: TrieNode<Key, Value>,
  b: TrieNode<Key, Value>,
): Generator<Key, void, undefined> {
  if (a === b) return;
  if ("children" in a && "children" in b) {
    for (let at = 0; at < WIDTH; at++) yield* differingKeys(a.children[at]!, b.children[at]!);
    return;
  }
  const before = new Map<Key, Value>();
  for (const entry of entriesOf(a)) before.set(entry.key, entry.value);
  for (const entry of entriesOf(b)) {
    if (before.get(entry.key) !== entry.value) yield entry.key;
    before.delete(entry.key);
  }
  yield* before.keys();
}

function digit(hash: number, depth: number): number {
  return (hash >>> (32 - BITS * (depth + 1))) & (WIDTH - 1);
}

function nodeOf<Key extends string, Value>(
  entries: readonly TrieEntry<Key, Value>[],
  depth: number,
): TrieNode<Key, Value> {
  if (entries.length === 0) return EMPTY;
  if (entries.length <= LEAF_SIZE || depth === LAST_DEPTH) return { size: entries.length, entries };
  const children: TrieNode<Key, Value>[] = [];
  let from = 0;
  for (let at = 0; at < WIDTH; at++) {
    let to = from;
    while (to < entries.length && digit(entries[to]!.hash, depth) === at) to++;
    children.push(nodeOf(entries.slice(from, to), depth + 1));
    from = to;
  }
  return { size: entries.length, children };
}

function mergeEntries<Key extends string, Value>(
  entries: readonly TrieEntry<Key, Value>[],
  edits: readonly TrieEdit<Key, Value>[],
): readonly TrieEntry<Key, Value>[] {
  const merged: TrieEntry<Key, Value>[] = [];
  let changed = false;
  let at = 0;
  for (const edit of edits) {
    while (at < entries.length && byPlace(entries[at]!, edit) < 0) merged.push(entries[at++]!);
    const existing = at < entries.length && byPlace(entries[at]!, edit) === 0 ? entries[at++]! : undefined;
    if (existing === undefined ? edit.value === undefined : existing.value === edit.value) {
      if (existing !== undefined) merged.push(existing);
      continue;
    }
    changed = true;
    if (edit.value !== undefined) merged.push({ hash: edit.hash, key: edit.key, value: edit.value });
  }
  if (!changed) return entries;
  while (at < entries.length) merged.push(entries[at++]!);
  return merged;
}
