import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { SdkError } from "../error.ts";

export interface Manifests {
  /** What messages call it. */
  readonly file: string;
  readonly text: string;
}

/** What `-f` names: files, the YAML and JSON files of folders in the order of their names, and standard input as `-`. */
export async function readManifests(
  names: readonly string[],
  readStdin: () => Promise<string>,
): Promise<readonly Manifests[]> {
  const read: Manifests[] = [];
  for (const name of names) {
    if (name === "-") read.push({ file: "<stdin>", text: await readStdin() });
    else for (const file of await filesOf(name)) read.push({ file, text: await readText(file) });
  }
  return read;
}

async function filesOf(name: string): Promise<readonly string[]> {
  const isFolder = (await stat(name).catch(() => undefined))?.isDirectory() === true;
  if (!isFolder) return [name];
  const found = (await readdir(name)).filter((file) => /\.(ya?ml|json)$/.test(file)).sort();
  if (found.length === 0) throw new SdkError("usage", `${name} holds no .yaml, .yml or .json file`);
  return found.map((file) => join(name, file));
}

function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new SdkError("usage", `${file} cannot be read: ${error.code ?? error.message}`, { cause: error });
  });
}
