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
  return {
    get end() {
      return start + names.length;
    },
    push(name) {
      names.push(name);
      if (names.length < limit * 2) return;
      names = names.slice(limit);
      start += limit;
    },
    since(position) {
      if (position < start) return undefined;
      return position === start ? names : names.slice(position - start);
    },
  };
}
