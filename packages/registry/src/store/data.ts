import { closeSync, existsSync, fsyncSync, mkdtempSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { RegistryError } from "../errors.ts";
import { copyDatabase } from "./copy.ts";
import { lockDatabase } from "./open.ts";
import { migrations, newerData, schemaVersion } from "./schema.ts";
import { load } from "./sqlite.ts";

/** What a database holds. */
export interface DataReport {
  readonly schemaVersion: number;
  readonly revision: number;
  /** Objects that were written through the API. */
  readonly manifests: number;
  readonly vips: number;
  readonly tombstones: number;
}

/**
 * Reads every page of a database and counts what it holds. `bytes` are those of a `portolan.db`, `place` is what it is called. Throws
 * `data-corrupt` or `data-newer`.
 */
export function verifyData(bytes: Uint8Array, place: string): DataReport {
  const folder = mkdtempSync(join(tmpdir(), "portolan-verify-"));
  let database: DatabaseSync | undefined;
  try {
    const path = join(folder, "portolan.db");
    writeFileSync(path, bytes, { mode: 0o600 });
    database = new DatabaseSync(path, { readOnly: true });
    return reportOn(database, place);
  } catch (cause) {
    if (cause instanceof RegistryError) throw cause;
    throw corrupt(place, cause instanceof Error ? cause.message : String(cause), cause);
  } finally {
    database?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A copy of the data of a folder on which no server runs, as the bytes of a `portolan.db`. Throws `data-in-use`, `data-corrupt`, `data-not-writable`,
 * and `not-found` where there is no data.
 */
export function copyData(directory: string): Uint8Array {
  if (!existsSync(join(directory, "portolan.db"))) {
    throw new RegistryError("not-found", `there is no data in ${directory}: name the folder of a server with --data`);
  }
  const { database, release } = lockDatabase(directory);
  try {
    return copyDatabase(database, directory);
  } finally {
    release();
  }
}

export interface RestoreOptions {
  /** Put what is there aside, as `portolan.db.before-restore`, in the place of refusing. */
  readonly replace?: boolean;
}

/**
 * Makes a copy the data of a folder on which no server runs; the next server on it goes on from there. The copy is verified first.
 * Throws what `verifyData` does, `data-in-use`, `data-not-writable`, and `data-exists` where the folder holds data already.
 */
export function restoreData(
  bytes: Uint8Array,
  directory: string,
  { replace = false }: RestoreOptions = {},
): DataReport {
  const report = verifyData(bytes, "the copy");
  const path = join(directory, "portolan.db");
  const { database, release } = lockDatabase(directory);
  try {
    const occupied = schemaVersion(database) > 0;
    if (occupied && !replace) {
      const message = `${directory} holds data already: restore into a folder of its own, or replace what is there with --replace`;
      throw new RegistryError("data-exists", message);
    }
    // So that no log is left that belongs to what was there.
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    writeThrough(`${path}.restored`, bytes);
    if (occupied) renameSync(path, `${path}.before-restore`);
    renameSync(`${path}.restored`, path);
  } finally {
    release();
  }
  for (const suffix of ["-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
  return report;
}

function writeThrough(path: string, bytes: Uint8Array): void {
  const file = openSync(path, "w", 0o600);
  try {
    writeFileSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function reportOn(database: DatabaseSync, place: string): DataReport {
  const found = database
    .prepare("PRAGMA integrity_check(5)")
    .all()
    .map((row) => String(row.integrity_check));
  if (found.join() !== "ok") throw corrupt(place, found.join("; "));
  const version = schemaVersion(database);
  if (version === 0) throw corrupt(place, "it is no database of Portolan");
  if (version > migrations.length) throw newerData(place, version);
  const { revision, manifests, vips, tombstones } = load(database);
  const living = new Set(vips.values());
  const shared = tombstones.find(({ index }) => living.has(index));
  if (shared !== undefined) throw corrupt(place, `index ${shared.index} belongs to a host that is gone and to another`);
  return {
    schemaVersion: version,
    revision,
    manifests: manifests.length,
    vips: vips.size,
    tombstones: tombstones.length,
  };
}

function corrupt(place: string, reason: string, cause?: unknown): RegistryError {
  return new RegistryError("data-corrupt", `${place} cannot be used: ${reason}`, [], cause);
}
