import type { DatabaseSync } from "node:sqlite";
import type { Hostname, Namespace, ObjectKey } from "@portolan/model";
import { RegistryError } from "../errors.ts";
import type { StoredManifest } from "../source.ts";
import type { Tombstone } from "../vip/tombstone.ts";
import { copyDatabase } from "./copy.ts";
import { openDatabase } from "./open.ts";
import type { PlainStore, StoreChange, StoredState } from "./store.ts";

export interface OpenedStore extends PlainStore {
  copy(): Uint8Array;
  /** Of the last commit. */
  readonly revision: number;
}

/**
 * A store in a folder. Errors: `data-not-writable`, `data-in-use` (names the process that has it), `data-newer`, `data-corrupt`.
 */
export function openStore(directory: string): OpenedStore {
  const { database, release } = openDatabase(directory);
  const write = createWrite(database);
  // What is on the disk: a revision below it needs no writing of its own.
  let reserved = revisionOf(database);
  let newest = reserved;

  function settle(): void {
    if (newest === reserved) return;
    write({ ...nothing, revision: newest });
    reserved = newest;
  }

  return {
    get revision() {
      return newest;
    },
    load: () => ({ ...load(database), revision: newest }),
    commit(change) {
      const bare = change.manifests.size + change.vips.size + change.tombstones.size === 0;
      if (!bare || change.revision > reserved) {
        const revision = Math.max(reserved, bare ? change.revision + RESERVE : change.revision);
        try {
          write({ ...change, revision });
        } catch (cause) {
          const reason = cause instanceof Error ? cause.message : String(cause);
          throw new RegistryError("store-failed", `cannot write to ${directory}: ${reason}`, [], cause);
        }
        reserved = revision;
      }
      newest = change.revision;
      return undefined;
    },
    copy() {
      settle();
      return copyDatabase(database, directory);
    },
    close() {
      try {
        settle();
      } catch {
        // What was written ahead is as good.
      }
      release();
      return undefined;
    },
  };
}

/**
 * So many revisions that hold nothing but what files say are published for one that is written; the files are their own store. After a
 * crash the count goes on behind them, so that it grows all the same.
 */
const RESERVE = 1000;

const nothing = { manifests: new Map(), vips: new Map(), tombstones: new Map() };

/** Everything in it. */
export function load(database: DatabaseSync): StoredState {
  const revision = revisionOf(database);
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

function revisionOf(database: DatabaseSync): number {
  return Number(database.prepare("SELECT value FROM revision").get()?.value ?? 0);
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

function createWrite(database: DatabaseSync): (change: StoreChange) => void {
  const setRevision = database.prepare("UPDATE revision SET value = ?");
  // Not `INSERT OR REPLACE`: that takes a new row, and so writes a page of the index as well.
  const putManifest = database.prepare(
    `INSERT INTO manifests VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET source = excluded.source,
       text = excluded.text, namespace = excluded.namespace, file = excluded.file, line = excluded.line`,
  );
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
