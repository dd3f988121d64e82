import { type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import type { WatchedFolders } from "../tree/client.ts";

/** The operating system's notices for a set of folders. */
export interface FolderWatch {
  /** Makes the set what is given: new folders are armed, others let go. Gives whether any was armed that was not before. */
  set(folders: WatchedFolders): boolean;
  /** Folders that cannot be watched, and why: they have to be looked at now and then. */
  readonly unwatched: ReadonlyMap<string, string>;
  /** Nothing is armed any more, also by a `set` that comes later. */
  close(): void;
}

/** `noticed` is called with the path of everything that may have changed, more often than it did; undefined: anything may have. */
export function watchFolders(noticed: (path: string | undefined) => void): FolderWatch {
  const armed = new Map<string, { inode: string; names: ReadonlySet<string> | undefined; watcher: FSWatcher }>();
  const unwatched = new Map<string, string>();
  let closed = false;

  function disarm(path: string): void {
    armed.get(path)?.watcher.close();
    armed.delete(path);
  }

  function arm(path: string, inode: string): void {
    try {
      const watcher = watch(path, (_event, name) => {
        const names = armed.get(path)?.names;
        if (name === null) noticed(undefined);
        else if (names === undefined || names.has(name)) noticed(join(path, name));
      });
      watcher.on("error", () => {
        disarm(path);
        noticed(undefined);
      });
      armed.set(path, { inode, names: undefined, watcher });
      unwatched.delete(path);
    } catch (cause) {
      unwatched.set(path, cause instanceof Error && "code" in cause ? String(cause.code) : "unknown");
    }
  }

  return {
    unwatched,
    set(folders) {
      let added = false;
      if (closed) return false;
      for (const path of [...armed.keys(), ...unwatched.keys()]) {
        if (folders.has(path)) continue;
        disarm(path);
        unwatched.delete(path);
      }
      for (const [path, { inode, names }] of folders) {
        if (armed.get(path)?.inode !== inode) {
          disarm(path);
          arm(path, inode);
          added ||= armed.has(path);
        }
        const now = armed.get(path);
        if (now !== undefined) armed.set(path, { ...now, names });
      }
      return added;
    },
    close() {
      closed = true;
      for (const path of [...armed.keys()]) disarm(path);
    },
  };
}
