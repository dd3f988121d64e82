type Changes<Value> = ReadonlyMap<string, Value | undefined>;

/** Changes after which the entries are copied: what a stream that stands still holds on to has an end. */
const MIN_STEPS = 64;
/** A reader that is farther behind gets entries of its own. */
const NEAR = 8;

/**
 * What a stream knows by name, as a value: it never changes. Thousands of streams know the same, one after the other, and
 * hold the same table. The one that changes next takes the entries over, and the table before it keeps only what
 * differs (H. Baker, "Shallow Binding Makes Functional Arrays Fast", 1991); others that do the same change get that next one.
 */
export class SharedTable<Value, Note = never> {
  readonly size: number;
  /** Whatever follows from the entries, and is worked out once. It must not hold the tables that come after. */
  note: Note | undefined;
  private entries: Map<string, Value> | undefined;
  // Without entries: who has them, by which change, and what was there before it.
  private heir: SharedTable<Value, Note> | undefined;
  private given: Changes<Value> | undefined;
  private before: Changes<Value> | undefined;
  // Another change, and what came of it: not held, since it may hold what came next, without end.
  private change: Changes<Value> | undefined;
  private result: WeakRef<SharedTable<Value, Note>> | undefined;
  /** Entries that were changed since they were copied. */
  private readonly steps: number;

  private constructor(entries: Map<string, Value>, steps: number) {
    this.entries = entries;
    this.size = entries.size;
    this.steps = steps;
  }

  static of<Value, Note = never>(entries: Map<string, Value>): SharedTable<Value, Note> {
    return new SharedTable(entries, 0);
  }

  get(name: string): Value | undefined {
    let at: SharedTable<Value, Note> = this;
    for (let far = 0; at.entries === undefined; far++) {
      if (far > NEAR) return this.own().get(name);
      if (at.before?.has(name)) return at.before.get(name);
      at = at.heir as SharedTable<Value, Note>;
    }
    return at.entries.get(name);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  names(): Iterable<string> {
    return this.own().keys();
  }

  values(): Iterable<Value> {
    return this.own().values();
  }

  /** The table with these entries, undefined ones gone. `before`: what this one holds of them, where that is known already. */
  with(changes: Changes<Value>, before?: Changes<Value>): SharedTable<Value, Note> {
    if (changes.size === 0) return this;
    if (this.heir !== undefined && isSame(this.given, changes)) return this.heir;
    const known = this.result?.deref();
    if (known !== undefined && isSame(this.change, changes)) return known;
    if (this.entries !== undefined && this.size > 0 && this.steps < Math.max(MIN_STEPS, this.size)) {
      return this.give(this.entries, changes, before ?? valuesOf(this.entries, changes));
    }
    const next = new SharedTable<Value, Note>(changed(this.copy(), changes), 0);
    this.change = changes;
    this.result = new WeakRef(next);
    return next;
  }

  private give(entries: Map<string, Value>, changes: Changes<Value>, before: Changes<Value>): SharedTable<Value, Note> {
    const next = new SharedTable<Value, Note>(changed(entries, changes), this.steps + changes.size);
    this.entries = undefined;
    this.heir = next;
    this.given = changes;
    this.before = before;
    return next;
  }

  /** Its entries, and for good. */
  private own(): Map<string, Value> {
    if (this.entries === undefined) {
      this.entries = this.copy();
      this.heir = undefined;
      this.given = undefined;
      this.before = undefined;
    }
    return this.entries;
  }

  private copy(): Map<string, Value> {
    const way: Changes<Value>[] = [];
    let at: SharedTable<Value, Note> = this;
    for (; at.entries === undefined; at = at.heir as SharedTable<Value, Note>) way.push(at.before ?? new Map());
    const entries = new Map(at.entries);
    for (const before of way.reverse()) changed(entries, before);
    return entries;
  }
}

function valuesOf<Value>(entries: ReadonlyMap<string, Value>, changes: Changes<Value>): Changes<Value> {
  const values = new Map<string, Value | undefined>();
  for (const name of changes.keys()) values.set(name, entries.get(name));
  return values;
}

function changed<Value>(entries: Map<string, Value>, changes: Changes<Value>): Map<string, Value> {
  for (const [name, value] of changes) {
    if (value === undefined) entries.delete(name);
    else entries.set(name, value);
  }
  return entries;
}

function isSame<Value>(a: Changes<Value> | undefined, b: Changes<Value>): boolean {
  if (a === b) return true;
  if (a?.size !== b.size) return false;
  for (const [name, value] of a) {
    if (b.get(name) !== value || (value === undefined && !b.has(name))) return false;
  }
  return true;
}
