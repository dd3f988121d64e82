import { cp, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type DataReport, restoreData } from "@portolan/registry";
import { SdkError } from "../error.ts";
import { readCopy } from "./read-copy.ts";

export interface RestoreOptions {
  /** What `backUp` made, or a `portolan.db` alone. */
  readonly source: string;
  readonly data: string;
  /** Put aside what is there, under names that end in `.before-restore`. */
  readonly replace: boolean;
}

export interface Restored {
  readonly report: DataReport;
  readonly authority: boolean;
}

/** Makes a copy the data of a folder on which no server runs. Where anything is wrong, the folder stays as it is. */
export async function restore({ source, data, replace }: RestoreOptions): Promise<Restored> {
  const bytes = await readCopy(source);
  const [from, to] = [join(source, "ca"), join(data, "ca")];
  const given = await filesOf(from);
  const known = await filesOf(to);
  const other = given !== undefined && known !== undefined && !sameFiles(given, known);
  if (other && !replace) {
    throw new SdkError(
      "conflict",
      `${to} holds another certificate authority than ${from}: restore into a folder of its own, or replace what is there with --replace`,
    );
  }
  const report = restoreData(bytes, data, { replace });
  if (other) {
    await rm(`${to}.before-restore`, { recursive: true, force: true });
    await rename(to, `${to}.before-restore`);
  }
  if (given !== undefined && (other || known === undefined)) {
    await cp(from, to, { recursive: true, preserveTimestamps: true });
  }
  return { report, authority: given !== undefined };
}

/** Contents by name; undefined where there is no such folder. */
async function filesOf(folder: string): Promise<ReadonlyMap<string, Buffer> | undefined> {
  const names = await readdir(folder).catch(() => undefined);
  if (names === undefined) return undefined;
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)));
}

function sameFiles(a: ReadonlyMap<string, Buffer>, b: ReadonlyMap<string, Buffer>): boolean {
  return a.size === b.size && [...a].every(([name, bytes]) => b.get(name)?.equals(bytes) === true);
}
