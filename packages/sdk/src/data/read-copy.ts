import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { SdkError } from "../error.ts";

/** The database of a copy: of a folder that `backUp` made, or the file itself. */
export async function readCopy(copy: string): Promise<Uint8Array> {
  const isFolder = (await stat(copy).catch(() => undefined))?.isDirectory() === true;
  const path = isFolder ? join(copy, "portolan.db") : copy;
  return readFile(path).catch((error: Error) => {
    throw new SdkError("usage", `${path} cannot be read: ${error.message}`);
  });
}
