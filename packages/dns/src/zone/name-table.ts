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
  const find = ({ slots }: NameTable, { bytes, start, end }: ZoneNode) => findIn(slots, bytes, start, end);
  const [came, went] = changedSlots(before.slots, after.slots);
  for (const at of came) {
    for (const node of listOf(after.slots[at])) if (find(before, node) !== node) yield [node, node];
  }
  for (const at of went) {
    for (const node of listOf(before.slots[at])) if (find(after, node) === undefined) yield [node, undefined];
  }
}

/** Slots of `after` and of `before` to look at. Tables share what did not change, so the most are passed over by one comparison. */
function changedSlots(before: readonly Slot[], after: readonly Slot[]): readonly [Iterable<number>, Iterable<number>] {
  if (before.length !== after.length) return [after.keys(), before.keys()];
  const changed: number[] = [];
  for (let at = 0; at < after.length; at++) if (before[at] !== after[at]) changed.push(at);
  return [changed, changed];
}

/** A copy of a table that may still be changed; the table that it started from never is. */
export interface TableEdit {
  find(bytes: Uint8Array, start: number, end: number): ZoneNode | undefined;
  /** `old` is the node of that name, as `find` gives it; without a `node` the name goes. */
  replace(old: ZoneNode | undefined, node: ZoneNode | undefined): void;
  /** Whether it is time to widen: a table that is not widened in steps widens by itself somewhat later, all at once. */
  readonly crowded: boolean;
  /** Makes room for as many names again; nothing may be changed before its last step. */
  widen(): Generator<void, void>;
  /** The edit must not be used after it. */
  seal(): NameTable;
}

/** Slots that are moved between two steps: less than a millisecond. */
const SLOTS_PER_STEP = 2_048;

/** `names`: how many an empty table is going to have, where that is known; it then need not grow. */
export function editTable(base: NameTable, names = 0): TableEdit {
  let slots = base.size === 0 ? new Array<Slot>(widthFor(names)).fill(undefined) : base.slots.slice();
  let size = base.size;

  function* widen(): Generator<void, void> {
    const wider = new Array<Slot>(slots.length * 2).fill(undefined);
    for (const [at, slot] of slots.entries()) {
      if (isList(slot)) for (const node of slot) add(wider, node);
      else if (slot !== undefined) add(wider, slot);
      if (at % SLOTS_PER_STEP === SLOTS_PER_STEP - 1) yield;
    }
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
      if (size >= slots.length * 2) for (const _ of widen());
      add(slots, node);
      size++;
    },
    get crowded() {
      return size >= slots.length;
    },
    widen,
    seal: () => ({ slots, size }),
  };
}

export const EMPTY_TABLE: NameTable = { slots: new Array<undefined>(16).fill(undefined), size: 0 };

function widthFor(names: number): number {
  let width = EMPTY_TABLE.slots.length;
  while (width < names) width *= 2;
  return width;
}

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

function isList(slot: Slot): slot is readonly ZoneNode[] {
  return Array.isArray(slot);
}

function isNamed(node: ZoneNode, hash: number, bytes: Uint8Array, start: number, end: number): boolean {
  return (
    node.hash === hash && node.end - node.start === end - start && sameLabels(bytes, start, end, node.bytes, node.start)
  );
}
