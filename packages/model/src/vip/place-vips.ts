import { hashText } from "../hash-text.ts";
import type { Hostname } from "../names.ts";
import type { MeshSettings } from "../snapshot/mesh-snapshot.ts";
import { compareText } from "../sorted.ts";
import { lastVipIndex } from "./pool.ts";

export interface PlacedVips {
  readonly placed: ReadonlyMap<Hostname, number>;
  /** Those for which the pools have no index left. */
  readonly exhausted: readonly Hostname[];
}

/**
 * Gives each host an index of the VIP pools: the hash of its name, next free on collision, the hosts of one call in the
 * order of their hash. So two servers that start from the same names agree, whatever order their sources have.
 * `taken` are the indexes that must not be given: of other hosts, of tombstones, and `reservedIndexes`.
 */
export function placeVips(
  hosts: Iterable<Hostname>,
  taken: ReadonlySet<number>,
  settings: Pick<MeshSettings, "bindPool" | "capturePool">,
): PlacedVips {
  const last = lastVipIndex(settings);
  const ordered = Array.from(new Set(hosts), (host) => ({ host, hash: hashText(host) }));
  ordered.sort((a, b) => a.hash - b.hash || compareText(a.host, b.host));
  const placed = new Map<Hostname, number>();
  const exhausted: Hostname[] = [];
  const used = new Set<number>();
  for (const index of taken) if (index >= 1 && index <= last) used.add(index);
  for (const { host, hash } of ordered) {
    if (used.size >= last) {
      exhausted.push(host);
      continue;
    }
    let index = (hash % last) + 1;
    while (used.has(index)) index = (index % last) + 1;
    used.add(index);
    placed.set(host, index);
  }
  return { placed, exhausted };
}
