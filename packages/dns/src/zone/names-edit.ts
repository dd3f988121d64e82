import { hashLabels } from "../wire/name.ts";
import { editTable, type NameTable } from "./name-table.ts";
import type { Apex, ApexPolicy, RecordSet, ZoneNode } from "./node.ts";
import type { Slab } from "./slab.ts";

/** Sets what stands at names, and keeps the empty non-terminals above them right. */
export interface NamesEdit {
  /** `labels` are lower case. A first label `*` is the wildcard of the name above. */
  setRecords(labels: Uint8Array, records: RecordSet | undefined): void;
  setApex(labels: Uint8Array, policy: ApexPolicy, nameServers: RecordSet): void;
  readonly slab: Slab;
  /** To be called now and then: gives the names more room, if it is time to, in steps. */
  widen(): Generator<void, void>;
  seal(): NameTable;
}

export function editNames(base: NameTable, slab: Slab): NamesEdit {
  const table = editTable(base);
  const find = (labels: Uint8Array) => table.find(labels, 0, labels.length);

  function created(labels: Uint8Array): ZoneNode {
    const room = slab.take(labels.length);
    room.bytes.set(labels, room.start);
    return {
      bytes: room.bytes,
      start: room.start,
      end: room.start + labels.length,
      hash: hashLabels(labels, 0, labels.length),
      records: undefined,
      wildcard: undefined,
      below: 0,
      apex: undefined,
    };
  }

  /** Gives the name a node, and every name above it. */
  function update(labels: Uint8Array, change: (node: ZoneNode) => ZoneNode): void {
    const old = find(labels);
    const node = change(old ?? created(labels));
    const kept = exists(node) ? node : undefined;
    if (old === undefined && kept === undefined) return;
    table.replace(old, kept);
    if (old === undefined) countBelow(labels, 1);
    else if (kept === undefined) countBelow(labels, -1);
  }

  function countBelow(labels: Uint8Array, difference: number): void {
    const above = labels.subarray(1 + (labels[0] as number));
    if (above.length > 0) update(above, (node) => ({ ...node, below: node.below + difference }));
  }

  return {
    slab,
    setRecords(labels, records) {
      const wildcard = labels.length > 2 && labels[0] === 1 && labels[1] === 42;
      if (wildcard) update(labels.subarray(2), (node) => ({ ...node, wildcard: records }));
      else if (labels.length > 0) update(labels, (node) => ({ ...node, records }));
    },
    setApex(labels, policy, nameServers) {
      const apex: Apex = { policy, nameServers };
      update(labels, (node) => ({ ...node, apex }));
    },
    *widen() {
      if (table.crowded) yield* table.widen();
    },
    seal: table.seal,
  };
}

function exists(node: ZoneNode): boolean {
  return node.records !== undefined || node.wildcard !== undefined || node.below > 0 || node.apex !== undefined;
}
