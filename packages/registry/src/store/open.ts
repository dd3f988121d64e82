import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { RegistryError } from "../errors.ts";
import { migrate } from "./schema.ts";

/** A database that is this process's alone until it is released. */
export interface LockedDatabase {
  readonly database: DatabaseSync;
  release(): void;
}

/** Opens `portolan.db` in a folder for this process alone, in its newest form. */
export function openDatabase(directory: string, steps?: readonly string[]): LockedDatabase {
  return lockDatabase(directory, (database) => migrate(database, directory, steps));
}

/**
 * The lock is the operating system's, on the database itself, so that it ends with the process however that ends; the file `lock` only
 * says who holds it. What `prepare` throws releases it.
 */
export function lockDatabase(
  directory: string,
  prepare: (database: DatabaseSync) => void = () => undefined,
): LockedDatabase {
  const path = join(directory, "portolan.db");
  prepareFolder(directory, path);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    // Set before the first read: the write-ahead log then needs no shared memory, and the lock is held until the end.
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    database.exec("BEGIN EXCLUSIVE; COMMIT");
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    // 16 MB: what is written again and again goes from the log to its place once in so many pages.
    database.exec("PRAGMA wal_autocheckpoint = 4000");
    prepare(database);
    writeFileSync(join(directory, "lock"), `${process.pid}\n`, { mode: 0o600 });
  } catch (cause) {
    database?.close();
    throw openError(directory, cause);
  }
  const opened = database;
  const release = () => {
    rmSync(join(directory, "lock"), { force: true });
    opened.close();
  };
  return { database: opened, release };
}

/** 0700 and 0600 whatever the umask says: manifests may hold what is not everybody's. */
function prepareFolder(directory: string, path: string): void {
  try {
    makeFolder(resolve(directory));
  } catch (cause) {
    throw notWritable(directory, cause);
  }
  try {
    // Only where there is none: closing any descriptor of a file gives up all the locks that this process has on it (fcntl(2)).
    closeSync(openSync(path, "ax", 0o600));
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "EEXIST")) throw notWritable(directory, cause);
  }
}

/**
 * Not `mkdir` with `recursive`: on a file system that answers ENOENT although the folder above exists (as /proc does), that
 * one never ends.
 */
function makeFolder(directory: string): void {
  if (existsSync(directory)) return;
  makeFolder(dirname(directory));
  mkdirSync(directory, { mode: 0o700 });
  chmodSync(directory, 0o700);
}

function notWritable(directory: string, cause: unknown): RegistryError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `cannot write to the data folder ${directory}: ${reason}; choose another with --data`;
  return new RegistryError("data-not-writable", message, [], cause);
}

function openError(directory: string, cause: unknown): RegistryError {
  if (cause instanceof RegistryError) return cause;
  // Primary result codes of https://www.sqlite.org/rescode.html
  switch (sqliteCode(cause)) {
    case 5: // SQLITE_BUSY
    case 6: // SQLITE_LOCKED
      return inUse(directory, cause);
    case 1: // SQLITE_ERROR: a table that is not as it should be
    case 11: // SQLITE_CORRUPT
    case 26: // SQLITE_NOTADB
      return new RegistryError(
        "data-corrupt",
        `${join(directory, "portolan.db")} is not a database that can be read: restore it from a backup, or move it away to begin anew`,
        [],
        cause,
      );
    default:
      return notWritable(directory, cause);
  }
}

function inUse(directory: string, cause: unknown): RegistryError {
  const holder = readHolder(directory);
  const message = `the data folder ${directory} is in use by ${holder}: stop it first, or choose another with --data`;
  return new RegistryError("data-in-use", message, [], cause);
}

function readHolder(directory: string): string {
  try {
    const pid = readFileSync(join(directory, "lock"), "utf8").trim();
    if (/^\d+$/.test(pid)) return `process ${pid}${Number(pid) === process.pid ? " (this one)" : ""}`;
  } catch {
    // It has the lock and has not written its name yet.
  }
  return "another process";
}

export function sqliteCode(cause: unknown): number | undefined {
  if (!(cause instanceof Error) || !("errcode" in cause) || typeof cause.errcode !== "number") return undefined;
  return cause.errcode & 0xff;
}
