import { SharedTable } from "./shared-table.ts";

export type NameTable = SharedTable<true>;

/** The names of a list, as streams hold them. */
export interface ListedNames {
  readonly set: ReadonlySet<string>;
  readonly table: NameTable;
  /** Characters of the longest one. */
  readonly longest: number;
  /** The same without `*`. */
  readonly withoutWildcard: ListedNames;
}

/** What follows from a list of names, worked out once for all streams that sent that very list. */
export interface SharedLists {
  of(names: readonly string[]): ListedNames;
}

export function createSharedLists(): SharedLists {
  const known = new WeakMap<readonly string[], ListedNames>();
  return {
    of(names) {
      if (names.length === 0) return NOTHING_LISTED;
      let listed = known.get(names);
      if (listed === undefined) {
        listed = new SetOfNames(new Set(names));
        known.set(names, listed);
      }
      return listed;
    },
  };
}

class SetOfNames implements ListedNames {
  readonly set: ReadonlySet<string>;
  readonly table: NameTable;
  readonly longest: number;
  private readonly wildcard: boolean;
  private rest: ListedNames | undefined;

  constructor(set: ReadonlySet<string>) {
    this.set = set;
    const entries = new Map<string, true>();
    let longest = 0;
    for (const name of set) {
      entries.set(name, true);
      longest = Math.max(longest, name.length);
    }
    this.table = SharedTable.of(entries);
    this.longest = longest;
    this.wildcard = set.has("*");
  }

  get withoutWildcard(): ListedNames {
    if (!this.wildcard) return this;
    this.rest ??= new SetOfNames(new Set([...this.set].filter((name) => name !== "*")));
    return this.rest;
  }
}

const NOTHING_LISTED: ListedNames = new SetOfNames(new Set());
