import type { ObjectKey } from "@portolan/model";
import type { Claims, Merged } from "../merge/merge.ts";
import type { Manifest, StoredManifest } from "../source.ts";

/** What the store has to keep and to forget: manifests of the sources that it keeps. */
export function manifestChanges(
  before: Claims,
  after: Merged["claims"],
  durable: ReadonlySet<string>,
): ReadonlyMap<ObjectKey, StoredManifest | undefined> {
  const changes = new Map<ObjectKey, StoredManifest | undefined>();
  for (const [key, claims] of after) {
    const was = before.get(key)?.find(({ source }) => durable.has(source));
    const is = claims.find(({ source }) => durable.has(source));
    if (is === undefined) {
      if (was !== undefined) changes.set(key, undefined);
    } else if (was === undefined || !sameManifest(was.manifest, is.manifest)) {
      changes.set(key, { ...is.manifest, key, source: is.source });
    }
  }
  return changes;
}

function sameManifest(a: Manifest, b: Manifest): boolean {
  return a.text === b.text && a.namespace === b.namespace && a.file === b.file && a.line === b.line;
}
