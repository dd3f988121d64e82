import type { MeshObject } from "@portolan/model";
import type { SourceSettle } from "../merge/merge.ts";

/**
 * Cuts a batch where one settle decides what is right for the next: a write that gives addresses or settings is applied
 * alone, so that the next one is held against a mesh that has it. No run is longer than `most`.
 */
export function runsOf<Item extends SourceSettle>(batch: readonly Item[], most: number): readonly (readonly Item[])[] {
  const runs: Item[][] = [];
  let open: Item[] | undefined;
  for (const item of batch) {
    if (item.exclusive && item.settle.some((event) => event.kind === "upserted" && decides(event.object))) {
      runs.push([item]);
      open = undefined;
    } else if (open === undefined || open.length === most) {
      open = [item];
      runs.push(open);
    } else open.push(item);
  }
  return runs;
}

function decides(object: MeshObject): boolean {
  if (object.kind === "ServiceEntry") return object.addresses.length > 0;
  if (object.kind === "Service") return object.clusterIps.length > 0;
  return object.kind === "MeshConfig" || object.kind === "MeshNetworks";
}
