/** Names that changed, in order, so that a reader finds what is new to it without walking all that there is. */
export interface ChangeLog {
  /** The position behind the last change. */
  readonly end: number;
  push(name: string): void;
  /** Names changed at that position and behind it, repeated ones included; undefined: too long ago, compare everything. */
  since(position: number): readonly string[] | undefined;
}

const DEFAULT_LIMIT = 4096;

export function createChangeLog(limit = DEFAULT_LIMIT): ChangeLog {
  let names: string[] = [];
  let start = 0;
  // Readers come one after the other from the same position.
  let read: { readonly position: number; readonly names: readonly string[] } | undefined;
  return {
    get end() {
      return start + names.length;
    },
    push(name) {
      names.push(name);
      read = undefined;
      if (names.length < limit * 2) return;
      names = names.slice(limit);
      start += limit;
    },
    since(position) {
      if (position < start) return undefined;
      if (read?.position !== position) read = { position, names: names.slice(position - start) };
      return read.names;
    },
  };
}
