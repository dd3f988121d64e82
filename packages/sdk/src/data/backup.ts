import { cp, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type DataReport, verifyData } from "@portolan/registry";
import { SdkError } from "../error.ts";
import { type AskForCopy, fetchCopy } from "./fetch-copy.ts";

export interface BackupOptions {
  readonly data: string;
  /** A folder that is made for it, or an empty one. */
  readonly target: string;
  /** Whether the certificate authority, its key included, goes along. */
  readonly authority: boolean;
  readonly askServer: AskForCopy;
}

export interface Backup {
  readonly report: DataReport;
  readonly authority: boolean;
}

/** Lays `portolan.db` and `ca/` in a folder that only this user can read. A server that runs goes on. */
export async function backUp({ data, target, authority, askServer }: BackupOptions): Promise<Backup> {
  await mkdir(target, { recursive: true, mode: 0o700 });
  if ((await readdir(target)).length > 0) {
    throw new SdkError("usage", `${target} is not empty: name a folder for this copy alone`);
  }
  const bytes = await fetchCopy(data, askServer);
  const report = verifyData(bytes, "the copy");
  await writeFile(join(target, "portolan.db"), bytes, { mode: 0o600, flush: true });
  const from = join(data, "ca");
  const along = authority && (await stat(from).catch(() => undefined))?.isDirectory() === true;
  if (along) await cp(from, join(target, "ca"), { recursive: true, preserveTimestamps: true });
  return { report, authority: along };
}
