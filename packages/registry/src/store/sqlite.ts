import type { DatabaseSync } from "node:sqlite";
import type { Hostname, Namespace, ObjectKey } from "@portolan/model";
import { RegistryError } from "../errors.ts";
import type { StoredManifest } from "../source.ts";
import type { Tombstone } from "../vip/tombstone.ts";
import { copyDatabase } from "./copy.ts";
import { openDatabase } from "./open.ts";
import type { Store, StoreChange, StoredState } from "./store.ts";

/**
 * A store in a folder. Errors: `data-not-writable`, `data-in-use` (names the process that has it), `data-newer`, `data-corrupt`.
 */
export function openStore(directory: string): Store {
  const { database, release } = openDatabase(directory);
  const commit = createCommit(database);
  return {
    load: () => load(database),
    commit(change) {
      try {
        commit(change);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new RegistryError("store-failed", `cannot write to ${directory}: ${reason}`, [], cause);
      }
    },
    copy: () => copyDatabase(database, directory),
    close: release,
  };
}

/** Everything in it. */
export function load(database: DatabaseSync): StoredState {
  const revision = Number(database.prepare("SELECT value FROM revision").get()?.value ?? 0);
  const manifests = database
    .prepare("SELECT key, source, text, namespace, file, line FROM manifests ORDER BY key")
    .all()
    .map(toManifest);
  const vips = new Map<Hostname, number>();
  for (const row of database.prepare("SELECT hostname, place FROM vips ORDER BY hostname").iterate())
    vips.set(String(row.hostname) as Hostname, Number(row.place));
  const tombstones = database
    .prepare("SELECT hostname, place, revision FROM tombstones ORDER BY hostname")
    .all()
    .map(
      (row): Tombstone => ({
        hostname: String(row.hostname) as Hostname,
        index: Number(row.place),
        revision: Number(row.revision),
      }),
    );
  return { revision, manifests, vips, tombstones };
}

function toManifest(row: Record<string, unknown>): StoredManifest {
  return {
    key: String(row.key) as ObjectKey,
    source: String(row.source),
    text: String(row.text),
    namespace: String(row.namespace) as Namespace,
    ...(row.file === null ? {} : { file: String(row.file) }),
    line: Number(row.line),
  };
}

function createCommit(database: DatabaseSync): (change: StoreChange) => void {
  const setRevision = database.prepare("UPDATE revision SET value = ?");
  const putManifest = database.prepare("INSERT OR REPLACE INTO manifests VALUES (?, ?, ?, ?, ?, ?)");
  const dropManifest = database.prepare("DELETE FROM manifests WHERE key = ?");
  const putVip = database.prepare("INSERT INTO vips VALUES (?, ?)");
  const dropVip = database.prepare("DELETE FROM vips WHERE hostname = ?");
  const putTombstone = database.prepare("INSERT INTO tombstones VALUES (?, ?, ?)");
  const dropTombstone = database.prepare("DELETE FROM tombstones WHERE hostname = ?");
  const apply = (change: StoreChange) => {
    setRevision.run(change.revision);
    for (const [key, manifest] of change.manifests) {
      if (manifest === undefined) dropManifest.run(key);
      else
        putManifest.run(key, manifest.source, manifest.text, manifest.namespace, manifest.file ?? null, manifest.line);
    }
    // First everything that goes: two names may change places, and a place is unique at every moment.
    for (const hostname of change.vips.keys()) dropVip.run(hostname);
    for (const hostname of change.tombstones.keys()) dropTombstone.run(hostname);
    for (const [hostname, index] of change.vips) if (index !== undefined) putVip.run(hostname, index);
    for (const [hostname, tombstone] of change.tombstones)
      if (tombstone !== undefined) putTombstone.run(hostname, tombstone.index, tombstone.revision);
  };
  return (change) => {
    database.exec("BEGIN");
    try {
      apply(change);
      database.exec("COMMIT");
    } catch (cause) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw cause;
    }
  };
}
