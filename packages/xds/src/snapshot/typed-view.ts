import type { ReplicaResource, ReplicaTable } from "./replica-table.ts";

/**
 * What a view holds of one type: the tables of its layers, in their order. Views that list the same ones share it, so that
 * what is worked out for one stream holds for all that read them.
 */
export interface TypedView {
  readonly tables: readonly ReplicaTable[];
  find(name: string): ReplicaResource | undefined;
  /** The very same object until something in one of the tables changes. */
  position(): Position;
}

/** How far the logs of a view's tables were read. */
export interface Position {
  readonly typed: TypedView;
  /** At the place of each table. */
  readonly ends: readonly number[];
}

/** One object for each list of tables, as long as somebody holds it. */
export interface TypedViews {
  take(tables: readonly ReplicaTable[]): TypedView;
  release(typed: TypedView): void;
}

export function createTypedViews(): TypedViews {
  const known = new Map<string, { readonly typed: TypedView; users: number }>();
  return {
    take(tables) {
      const key = keyOf(tables);
      let entry = known.get(key);
      if (entry === undefined) {
        entry = { typed: new ReadTables(tables), users: 0 };
        known.set(key, entry);
      }
      entry.users++;
      return entry.typed;
    },
    release(typed) {
      const key = keyOf(typed.tables);
      const entry = known.get(key);
      if (entry?.typed !== typed || --entry.users > 0) return;
      known.delete(key);
    },
  };
}

function keyOf(tables: readonly ReplicaTable[]): string {
  return tables.map(({ number }) => number).join(" ");
}

class ReadTables implements TypedView {
  readonly tables: readonly ReplicaTable[];
  private current: Position | undefined;

  constructor(tables: readonly ReplicaTable[]) {
    this.tables = tables;
  }

  find(name: string): ReplicaResource | undefined {
    for (const { resources } of this.tables) {
      const found = resources.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  position(): Position {
    const { tables, current } = this;
    if (current !== undefined) {
      let at = 0;
      while (at < tables.length && current.ends[at] === tables[at]?.log.end) at++;
      if (at === tables.length) return current;
    }
    this.current = { typed: this, ends: tables.map(({ log }) => log.end) };
    return this.current;
  }
}
