import fc from "fast-check";
import { expect, test } from "vitest";
import { hashText } from "../hash-text.ts";
import { byPlace, editNode, editOf, emptyTrie, type TrieNode } from "./hash-trie.ts";
import { createImmutableMap } from "./immutable-map.ts";

const keys = fc.stringMatching(/^[a-f]{0,3}$/);
const edits = fc.array(fc.tuple(keys, fc.option(fc.nat(3), { nil: undefined })), { maxLength: 60 });

test("after any edits it holds what a Map holds", () => {
  fc.assert(
    fc.property(fc.array(edits, { maxLength: 8 }), (batches) => {
      const model = new Map<string, number>();
      let map = createImmutableMap<string, number>();
      for (const batch of batches) {
        const before = new Map(map);
        const next = map.edit(batch);
        for (const [key, value] of batch) {
          if (value === undefined) model.delete(key);
          else model.set(key, value);
        }
        expect(new Map(map)).toEqual(before);
        expect(new Map(next)).toEqual(model);
        expect(next.size).toBe(model.size);
        for (const [key] of batch) expect([next.get(key), next.has(key)]).toEqual([model.get(key), model.has(key)]);
        const differing = [...before.keys(), ...model.keys()].filter((key) => before.get(key) !== model.get(key));
        expect(new Set(map.differences(next))).toEqual(new Set(differing));
        expect(next === map).toBe(differing.length === 0);
        map = next;
      }
    }),
  );
});

test("the order is a function of the content alone", () => {
  fc.assert(
    fc.property(fc.uniqueArray(keys, { minLength: 1 }), fc.uniqueArray(keys), (kept, passing) => {
      const straight = createImmutableMap(kept.map((key) => [key, key] as const));
      let winding = createImmutableMap<string, string>();
      for (const key of [...passing, ...kept].reverse()) winding = winding.edit([[key, key]]);
      winding = winding.edit(passing.filter((key) => !kept.includes(key)).map((key) => [key, undefined] as const));
      expect([...winding]).toEqual([...straight]);
      expect([...winding.keys()]).toEqual([...straight.values()]);
    }),
  );
});

test("an edit of one of 10,000 entries copies some tens", () => {
  const edit = Array.from({ length: 10_000 }, (_, at) => editOf(`service-${at}.shop`, at)).sort(byPlace);
  const before = editNode<string, number>(emptyTrie(), edit);
  const after = editNode<string, number>(before, [editOf("service-77.shop", -1)]);
  expect(after).not.toBe(before);
  expect(copied(before, after)).toBeLessThan(100);
});

test("the shape is a function of the content too: a map that shrank is as small as one that never grew", () => {
  const edits = Array.from({ length: 500 }, (_, at) => editOf(`k${at}`, at)).sort(byPlace);
  const grown = editNode<string, number>(emptyTrie(), edits);
  const shrunk = editNode(
    grown,
    edits.slice(20).map(({ key }) => editOf<string, number>(key, undefined)),
  );
  expect(shrunk).toEqual(editNode<string, number>(emptyTrie(), edits.slice(0, 20)));
});

test("keys of one hash are told apart", () => {
  const [a, b] = collidingKeys();
  const map = createImmutableMap([
    [a, 1],
    [b, 2],
  ]);
  expect([map.get(a), map.get(b), map.edit([[a, undefined]]).get(b)]).toEqual([1, 2, 2]);
});

test("the hash is fixed for ever: VIPs start from it", () => {
  expect(["", "a", "reviews.shop.global"].map(hashText)).toEqual(fixedHashes);
});

const fixedHashes = [2872998923, 444641715, 319361519];

/** Slots of arrays that the newer trie does not share with the older one. */
function copied(before: TrieNode<string, number>, after: TrieNode<string, number>): number {
  if (before === after) return 0;
  if (!("children" in after)) return after.entries.length;
  const old = "children" in before ? before.children : [];
  return after.children.reduce((sum, child, at) => sum + copied(old[at] ?? emptyTrie(), child), after.children.length);
}

function collidingKeys(): [string, string] {
  const seen = new Map<number, string>();
  for (let at = 0; ; at++) {
    const key = `k${at}`;
    const other = seen.get(hashText(key));
    if (other !== undefined) return [other, key];
    seen.set(hashText(key), key);
  }
}
