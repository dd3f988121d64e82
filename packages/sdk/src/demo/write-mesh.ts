import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Makes a folder hold a mesh's files and nothing else. What is the same already is left alone: a server may be reading it. */
export async function writeMesh(
  directory: string,
  files: Iterable<readonly [name: string, text: string]>,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const wanted = new Map(files);
  for (const name of await readdir(directory)) {
    if (!wanted.has(name)) await rm(join(directory, name), { recursive: true, force: true });
  }
  for (const [name, text] of wanted) {
    const file = join(directory, name);
    if ((await readFile(file, "utf8").catch(() => undefined)) === text) continue;
    await writeFile(join(directory, `.${name}.new`), text);
    await rename(join(directory, `.${name}.new`), file);
  }
}
