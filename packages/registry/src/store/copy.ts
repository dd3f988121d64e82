import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { RegistryError } from "../errors.ts";

/**
 * A whole copy in one file, without the write-ahead log; SQLite reads every page for it. Laid in a folder of the data folder, so that nobody
 * else can read it meanwhile.
 */
export function copyDatabase(database: DatabaseSync, directory: string): Uint8Array {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(directory, "copy-"));
    const path = join(folder, "portolan.db");
    database.prepare("VACUUM INTO ?").run(path);
    return readFileSync(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RegistryError("store-failed", `cannot copy the data of ${directory}: ${reason}`, [], cause);
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}
