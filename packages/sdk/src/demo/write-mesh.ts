import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Writes a mesh's files into a folder that holds nothing else. */
export async function writeMesh(
  directory: string,
  files: Iterable<readonly [name: string, text: string]>,
): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  for (const [name, text] of files) await writeFile(join(directory, name), text);
}
