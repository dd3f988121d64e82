import { hashLabels, sameLabels } from "../wire/name.ts";
import type { ZoneNode } from "./node.ts";

/** Names by their folded labels. Looking one up makes no string and no copy: the labels are compared where they stand. */
export interface NameTable {
  /** A power of two; a slot that several names share holds a list. */
  readonly slots: readonly Slot[];
  readonly size: number;
}

type Slot = ZoneNode | readonly ZoneNode[] | undefined;

export function findNode(table: NameTable, bytes: Uint8Array, start: number, end: number): ZoneNode | undefined {
  return findIn(table.slots, bytes, start, end);
}

function findIn(slots: readonly Slot[], bytes: Uint8Array, start: number, end: number): ZoneNode | undefined {
  const hash = hashLabels(bytes, start, end);
  const slot = slots[hash & (slots.length - 1)];
  if (slot === undefined) return undefined;
  if (!isList(slot)) return isNamed(slot, hash, bytes, start, end) ? slot : undefined;
  for (const node of slot) if (isNamed(node, hash, bytes, start, end)) return node;
  return undefined;
}

export function* nodesOf(table: NameTable): Generator<ZoneNode> {
  for (const slot of table.slots) yield* listOf(slot);
}

/** Names that stand otherwise in two tables: with their new node, or without one where they went. */
export function* changedNodes(
  before: NameTable,
  after: NameTable,
): Generator<readonly [ZoneNode, ZoneNode | undefined]> {
  const sameWidth = before.slots.length === after.slots.length;
  const find = ({ slots }: NameTable, { bytes, start, end }: ZoneNode) => findIn(slots, bytes, start, end);
  for (let at = 0; at < after.slots.length; at++) {
    const slot = after.slots[at];
    // Tables share what did not change.
    if (sameWidth && slot === before.slots[at]) continue;
    for (const node of listOf(slot)) if (find(before, node) !== node) yield [node, node];
  }
  for (let at = 0; at < before.slots.length; at++) {
    const slot = before.slots[at];
    if (sameWidth && slot === after.slots[at]) continue;
    for (const node of listOf(slot)) if (find(after, node) === undefined) yield [node, undefined];
  }
}

/** A copy of a table that may still be changed; the table that it started from never is. */
export interface TableEdit {
  find(bytes: Uint8Array, start: number, end: number): ZoneNode | undefined;
  /** `old` is the node of that name, as `find` gives it; without a `node` the name goes. */
  replace(old: ZoneNode | undefined, node: ZoneNode | undefined): void;
  /** The edit must not be used after it. */
  seal(): NameTable;
}

export function editTable(base: NameTable): TableEdit {
  let slots = base.slots.slice();
  let size = base.size;

  function grow(): void {
    const wider = new Array<Slot>(slots.length * 2).fill(undefined);
    for (const slot of slots) for (const node of listOf(slot)) add(wider, node);
    slots = wider;
  }

  return {
    find: (bytes, start, end) => findIn(slots, bytes, start, end),
    replace(old, node) {
      if (old !== undefined) {
        const at = old.hash & (slots.length - 1);
        const left = listOf(slots[at]).filter((one) => one !== old);
        slots[at] = left.length > 1 ? left : left[0];
        size--;
      }
      if (node === undefined) return;
      if (size >= slots.length) grow();
      add(slots, node);
      size++;
    },
    seal: () => ({ slots, size }),
  };
}

export const EMPTY_TABLE: NameTable = { slots: new Array<undefined>(16).fill(undefined), size: 0 };

/** Lists are never changed in place: another table may hold them. */
function add(slots: Slot[], node: ZoneNode): void {
  const at = node.hash & (slots.length - 1);
  const slot = slots[at];
  slots[at] = slot === undefined ? node : isList(slot) ? [...slot, node] : [slot, node];
}

function listOf(slot: Slot): readonly ZoneNode[] {
  if (slot === undefined) return [];
  return isList(slot) ? slot : [slot];
}

function isList(slot: ZoneNode | readonly ZoneNode[]): slot is readonly ZoneNode[] {
  return Array.isArray(slot);
}

function isNamed(node: ZoneNode, hash: number, bytes: Uint8Array, start: number, end: number): boolean {
  return (
    node.hash === hash && node.end - node.start === end - start && sameLabels(bytes, start, end, node.bytes, node.start)
  );
}
