import { hashLabels, sameLabels } from "../wire/name.ts";
import type { ZoneNode } from "./node.ts";

/** Names by their folded labels. Looking one up makes no string and no copy: the labels are compared where they stand. */
export interface NameTable {
  /** A power of two. */
  readonly slots: readonly (ZoneNode | undefined)[];
  readonly size: number;
}

export function findNode(table: NameTable, bytes: Uint8Array, start: number, end: number): ZoneNode | undefined {
  const hash = hashLabels(bytes, start, end);
  for (let node = table.slots[hash & (table.slots.length - 1)]; node !== undefined; node = node.next) {
    if (
      node.hash === hash &&
      node.end - node.start === end - start &&
      sameLabels(bytes, start, end, node.bytes, node.start)
    )
      return node;
  }
  return undefined;
}

export function* nodesOf(table: NameTable): Generator<ZoneNode> {
  for (const slot of table.slots) for (let node = slot; node !== undefined; node = node.next) yield node;
}

/** A copy of a table that may still be changed; the table that it started from never is. */
export interface TableEdit {
  find(bytes: Uint8Array, start: number, end: number): ZoneNode | undefined;
  /** Takes the place of the node of that name, if there is one. */
  put(node: ZoneNode): void;
  remove(node: ZoneNode): void;
  /** The edit must not be used after it. */
  seal(): NameTable;
}

export function editTable(base: NameTable): TableEdit {
  let slots = base.slots.slice();
  let size = base.size;

  function without(chain: ZoneNode | undefined, name: ZoneNode): ZoneNode | undefined {
    if (chain === undefined) return undefined;
    if (sameName(chain, name)) return chain.next;
    return { ...chain, next: without(chain.next, name) };
  }

  function grow(): void {
    const wider = new Array<ZoneNode | undefined>(slots.length * 2).fill(undefined);
    for (const slot of slots) {
      for (let node = slot; node !== undefined; node = node.next) {
        const at = node.hash & (wider.length - 1);
        wider[at] = { ...node, next: wider[at] };
      }
    }
    slots = wider;
  }

  const edit: TableEdit = {
    find: (bytes, start, end) => findNode({ slots, size }, bytes, start, end),
    put(node) {
      const at = node.hash & (slots.length - 1);
      if (edit.find(node.bytes, node.start, node.end) === undefined) size++;
      slots[at] = { ...node, next: without(slots[at], node) };
      if (size > slots.length) grow();
    },
    remove(node) {
      if (edit.find(node.bytes, node.start, node.end) === undefined) return;
      const at = node.hash & (slots.length - 1);
      slots[at] = without(slots[at], node);
      size--;
    },
    seal: () => ({ slots, size }),
  };
  return edit;
}

export const EMPTY_TABLE: NameTable = { slots: new Array<undefined>(16).fill(undefined), size: 0 };

function sameName(a: ZoneNode, b: ZoneNode): boolean {
  return (
    a.hash === b.hash && a.end - a.start === b.end - b.start && sameLabels(a.bytes, a.start, a.end, b.bytes, b.start)
  );
}
