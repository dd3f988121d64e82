import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { chmod, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

export interface FileToWrite {
  readonly name: string;
  readonly text: string;
  readonly mode: number;
}

/** A name beside `path` that nobody can guess, so that nobody can be waiting there. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(8).toString("hex")}.tmp`);
}

/** Creates a file that was not there, with exactly this mode under any umask; a symbolic link is not followed. */
export async function createFile(path: string, text: string, mode: number): Promise<void> {
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW;
  const file = await open(path, flags, 0o600);
  try {
    await file.writeFile(text);
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Puts a file in the place of another at once; a symbolic link there is replaced, and what it led to is left alone. */
export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await createFile(temporary, text, mode);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await syncDirectory(dirname(path));
}

/**
 * Creates a directory with files in it, all at once: others see none of them or all. One that exists is only replaced if
 * it is an empty directory.
 *
 * @returns false where something stands at `path` already, which is then left as it is
 */
export async function createDirectory(path: string, files: readonly FileToWrite[]): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = temporaryName(path);
  try {
    await mkdir(temporary, { mode: 0o700 });
    await chmod(temporary, 0o700);
    for (const file of files) await createFile(join(temporary, file.name), file.text, file.mode);
    await syncDirectory(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    if (["ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(String((error as NodeJS.ErrnoException).code))) return false;
    throw error;
  }
  await syncDirectory(dirname(path));
  return true;
}

/** A rename is durable once its directory is; Windows cannot open one. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(path, constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
