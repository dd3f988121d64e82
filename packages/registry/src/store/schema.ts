import { rmSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { RegistryError } from "../errors.ts";

/** SQL that leads from the version before to the one at this place; the first makes version 1. Never changed once released. */
export const migrations: readonly string[] = [
  `CREATE TABLE revision (one INTEGER PRIMARY KEY CHECK (one = 1), value INTEGER NOT NULL) STRICT;
   INSERT INTO revision VALUES (1, 0);
   CREATE TABLE manifests (key TEXT PRIMARY KEY, source TEXT NOT NULL, text TEXT NOT NULL, namespace TEXT NOT NULL,
     file TEXT, line INTEGER NOT NULL) STRICT;
   CREATE TABLE vips (hostname TEXT PRIMARY KEY, place INTEGER NOT NULL UNIQUE) STRICT;
   CREATE TABLE tombstones (hostname TEXT PRIMARY KEY, place INTEGER NOT NULL UNIQUE, revision INTEGER NOT NULL) STRICT;`,
];

/** 0: there is nothing in it. */
export function schemaVersion(database: DatabaseSync): number {
  const known = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'schema'").get();
  return known === undefined
    ? 0
    : Number(database.prepare("SELECT max(version) AS version FROM schema").get()?.version ?? 0);
}

/** The data is of a version that this program does not know. */
export function newerData(place: string, version: number, known: number = migrations.length): RegistryError {
  const message = `the data in ${place} has schema version ${version}, this Portolan knows versions up to ${known}: use the newer Portolan that wrote it, or another --data folder`;
  return new RegistryError("data-newer", message);
}

/** Brings the database to the newest version in one transaction, after a copy of an older one was laid beside it. */
export function migrate(database: DatabaseSync, directory: string, steps: readonly string[] = migrations): void {
  database.exec("CREATE TABLE IF NOT EXISTS schema (version INTEGER NOT NULL) STRICT");
  const version = schemaVersion(database);
  if (version > steps.length) throw newerData(directory, version, steps.length);
  if (version === steps.length) return;
  if (version > 0) {
    const copy = join(directory, `portolan.db.schema-${version}`);
    rmSync(copy, { force: true });
    database.prepare("VACUUM INTO ?").run(copy);
  }
  database.exec("BEGIN");
  try {
    for (const step of steps.slice(version)) database.exec(step);
    database.prepare("INSERT INTO schema VALUES (?)").run(steps.length);
    database.exec("COMMIT");
  } catch (cause) {
    database.exec("ROLLBACK");
    throw cause;
  }
}
