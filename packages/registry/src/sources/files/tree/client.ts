import type { BigIntStats } from "node:fs";
import { lstat, open, readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { FileReading, Listing, Sighting } from "../settle.ts";

/** Folders whose changes may change the listing, by path. */
export type WatchedFolders = ReadonlyMap<string, WatchedFolder>;

export interface WatchedFolder {
  /** Tells a folder from another that took its name. */
  readonly inode: string;
  /** Only these names matter; undefined: all do. */
  readonly names: ReadonlySet<string> | undefined;
}

export interface Walk {
  readonly listing: Listing;
  readonly folders: WatchedFolders;
  /** Files that are reached without a symbolic link: a change of one of them is seen by looking at it alone. */
  readonly plain: ReadonlySet<string>;
  /** Folders whose every name was looked at. */
  readonly entered: ReadonlySet<string>;
  /** Whether there was a symbolic link: then a name may matter although it is nobody's. */
  readonly links: boolean;
}

/** Nobody writes a mesh file of this size by hand; one that is there by mistake must not fill the memory. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** What is at a path: for the first look, where a path that is not there is a mistake. */
export async function kindOf(path: string): Promise<"file" | "folder" | undefined> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch {
    return undefined;
  }
}

/** `*.yaml`, `*.yml` and `*.json` of the folders, at any depth, and the files named; names that begin with a dot are left out. */
export async function walk(roots: ReadonlyMap<string, "file" | "folder">, wallMs: () => number): Promise<Walk> {
  const listing = new Map<string, Sighting>();
  const folders = new Map<string, WatchedFolder>();
  const plain = new Set<string>();
  const visited = new Set<string>();
  const entered = new Set<string>();
  let links = false;

  async function watch(path: string, name?: string): Promise<void> {
    const known = folders.get(path);
    if (known !== undefined) {
      const names = known.names === undefined || name === undefined ? undefined : new Set([...known.names, name]);
      folders.set(path, { inode: known.inode, names });
      return;
    }
    try {
      const { dev, ino } = await stat(path, { bigint: true });
      folders.set(path, { inode: `${dev}:${ino}`, names: name === undefined ? undefined : new Set([name]) });
    } catch {
      // It went away meanwhile: the folder above it is watched.
    }
  }

  async function enterFolder(path: string): Promise<void> {
    const real = await realpath(path);
    if (visited.has(real)) return;
    visited.add(real);
    await watch(path);
    entered.add(path);
    for (const entry of await readdir(path, { withFileTypes: true })) {
      links ||= entry.isSymbolicLink();
      if (isHidden(entry.name)) continue;
      await enter(join(path, entry.name), entry.isSymbolicLink(), entry.isDirectory());
    }
  }

  /** What cannot be entered is listed as unreadable, in the stead of what is below it. */
  async function tryFolder(path: string): Promise<void> {
    try {
      await enterFolder(path);
    } catch (cause) {
      listing.set(path, unreadable(cause));
    }
  }

  async function enter(path: string, symbolicLink: boolean, folder: boolean): Promise<void> {
    if (folder) return tryFolder(path);
    const wanted = isWanted(path);
    if (!wanted && !symbolicLink) return;
    try {
      const stats = await stat(path, { bigint: true });
      if (stats.isDirectory()) return await tryFolder(path);
      if (wanted && stats.isFile()) await enterFile(path, stats, symbolicLink);
    } catch (cause) {
      // Not a link, and not there: it went away between the two looks. A link that leads nowhere is being changed, or is a mistake.
      if (wanted && (symbolicLink || !isMissing(cause))) listing.set(path, unreadable(cause));
    }
  }

  async function enterFile(path: string, stats: BigIntStats, symbolicLink: boolean): Promise<void> {
    listing.set(path, sightingOf(stats, wallMs()));
    if (!symbolicLink) {
      plain.add(path);
      return;
    }
    const real = await realpath(path);
    await watch(dirname(real), basename(real));
  }

  async function enterRootFile(path: string): Promise<void> {
    let symbolicLink = false;
    try {
      symbolicLink = (await lstat(path)).isSymbolicLink();
      links ||= symbolicLink;
      await enterFile(path, await stat(path, { bigint: true }), symbolicLink);
    } catch (cause) {
      if (symbolicLink || !isMissing(cause)) listing.set(path, unreadable(cause));
    }
    // A link's target is often reached by another link in its folder (`..data` of a Kubernetes volume).
    await watch(dirname(path), symbolicLink ? undefined : basename(path));
  }

  for (const [path, kind] of roots) {
    if (kind === "file") await enterRootFile(path);
    else {
      await watch(dirname(path), basename(path));
      await tryFolder(path);
    }
  }
  return { listing, folders, plain, entered, links };
}

/**
 * The same walk with these paths looked at again; undefined where that cannot tell: the whole has to be walked. A file that is written beside
 * the others and renamed into its place is two paths, of which the first is gone.
 */
export async function walkAgain(
  before: Walk,
  paths: Iterable<string>,
  wallMs: () => number,
): Promise<Walk | undefined> {
  const listing = new Map(before.listing);
  const plain = new Set(before.plain);
  for (const path of paths) {
    const known = plain.has(path);
    if (!known && !mayBeNew(before, path)) return undefined;
    if (!known && isHidden(basename(path))) continue;
    const stats = await lookAt(path);
    if (stats === "gone") {
      // With its folder everything goes, which is for the whole walk to judge.
      if (known && (await kindOf(dirname(path))) !== "folder") return undefined;
      listing.delete(path);
      plain.delete(path);
    } else if (stats?.isFile() !== true) {
      return undefined;
    } else if (known || isWanted(path)) {
      listing.set(path, sightingOf(stats, wallMs()));
      plain.add(path);
    }
  }
  return { ...before, listing, plain };
}

async function lookAt(path: string): Promise<BigIntStats | "gone" | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (cause) {
    return isMissing(cause) ? "gone" : undefined;
  }
}

/** Whether a name that no file had is told by looking at it alone. */
function mayBeNew({ listing, folders, entered, links }: Walk, path: string): boolean {
  return !links && entered.has(dirname(path)) && !folders.has(path) && !listing.has(path);
}

function isWanted(path: string): boolean {
  return /\.(ya?ml|json)$/.test(path);
}

function isHidden(name: string): boolean {
  return name.startsWith(".");
}

function sightingOf(stats: BigIntStats, wallMs: number): Sighting {
  const inode = `${stats.dev}:${stats.ino}`;
  return {
    stamp: `${inode}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`,
    inode,
    size: Number(stats.size),
    ageMs: wallMs - Math.max(Number(stats.ctimeMs), Number(stats.mtimeMs)),
    ...(stats.size > MAX_FILE_BYTES ? { unreadable: `it has ${stats.size} bytes, more than ${MAX_FILE_BYTES}` } : {}),
  };
}

function unreadable(cause: unknown): Sighting {
  const reason = reasonOf(cause);
  return { stamp: `unreadable:${reason}`, inode: "", size: 0, ageMs: Number.POSITIVE_INFINITY, unreadable: reason };
}

/** The text, if the file stayed as it was sighted from before the first byte to after the last; undefined: look again. */
export async function readFileAt(path: string, sighting: Sighting | undefined): Promise<FileReading | undefined> {
  if (sighting === undefined) return { kind: "gone", path };
  if (sighting.unreadable !== undefined) return { kind: "unreadable", path, reason: sighting.unreadable };
  try {
    await using file = await open(path, "r");
    if (sightingOf(await file.stat({ bigint: true }), 0).stamp !== sighting.stamp) return undefined;
    const bytes = await file.readFile();
    if (sightingOf(await file.stat({ bigint: true }), 0).stamp !== sighting.stamp) return undefined;
    if (sightingOf(await stat(path, { bigint: true }), 0).stamp !== sighting.stamp) return undefined;
    return { kind: "text", path, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    return { kind: "unreadable", path, reason: reasonOf(cause) };
  }
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "ENOENT";
}

function reasonOf(cause: unknown): string {
  if (cause instanceof TypeError) return "it is not UTF-8 text";
  if (cause instanceof Error && "code" in cause) return reasons[String(cause.code)] ?? String(cause.code);
  return "it cannot be read";
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  ELOOP: "its symbolic links lead in a circle",
  EMFILE: "too many open files",
  ENFILE: "too many open files",
  ENOENT: "there is no such file or folder",
  ENOTDIR: "there is no such file or folder",
};
