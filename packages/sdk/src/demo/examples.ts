import { readdir, stat } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { SdkError } from "../error.ts";

/**
 * The folder of an example: a path as it is, or a name among the embedded ones (none: the first), which stand in `examples/` of the
 * package, or of the checkout that this file is in.
 */
export async function findExample(name: string | undefined): Promise<string> {
  if (name !== undefined && (isAbsolute(name) || name.startsWith("."))) return name;
  const root = await examplesRoot();
  const names = (await readdir(root, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const found = name ?? names[0];
  if (found !== undefined && names.includes(found)) return join(root, found);
  throw new SdkError("usage", `there is no example "${name}": use ${names.join(", ")}, or the path of a folder`);
}

async function examplesRoot(): Promise<string> {
  for (let directory = import.meta.dirname; ; directory = dirname(directory)) {
    const candidate = join(directory, "examples");
    if ((await stat(candidate).catch(() => undefined))?.isDirectory()) return candidate;
    if (dirname(directory) === directory)
      throw new SdkError("failed", "the embedded examples are missing from this installation");
  }
}
