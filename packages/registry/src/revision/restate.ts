import type { StoreChange } from "../store/store.ts";
import type { RegistryState } from "./state.ts";

/** The rows of a change. */
export type StoredRows = Omit<StoreChange, "revision">;

/**
 * Of a commit that failed nobody can say whether it is on the disk: a thread may have ended before it answered, and a log be read again after a
 * crash. So that a later commit makes the disk agree with what is served, it says again what `touched` names, as `state` has it.
 */
export function restate(state: RegistryState, touched: StoredRows, durable: ReadonlySet<string>): StoredRows {
  const { claims, snapshot, vips } = state;
  const manifests = new Map(
    [...touched.manifests.keys()].map((key) => {
      const claim = claims.get(key)?.find(({ source }) => durable.has(source));
      return [key, claim && { ...claim.manifest, key, source: claim.source }] as const;
    }),
  );
  return {
    manifests,
    vips: new Map([...touched.vips.keys()].map((hostname) => [hostname, snapshot.vips.get(hostname)])),
    tombstones: new Map([...touched.tombstones.keys()].map((hostname) => [hostname, vips.tombstones.get(hostname)])),
  };
}

/** Both; where both name a row, the second says what it is. */
export function mergeRows(first: StoredRows, second: StoredRows): StoredRows {
  return {
    manifests: new Map([...first.manifests, ...second.manifests]),
    vips: new Map([...first.vips, ...second.vips]),
    tombstones: new Map([...first.tombstones, ...second.tombstones]),
  };
}
