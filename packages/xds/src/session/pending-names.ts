/**
 * A set of names that is empty nearly always: it holds memory only while it is not, and none while it is the same as that
 * of other streams.
 */
export class PendingNames {
  /** For comparison only: the same object, or none, stands for the same names unless it is this one's own. */
  names: ReadonlySet<string> | undefined;
  own: Set<string> | undefined;

  get size(): number {
    return this.names === undefined ? 0 : this.names.size;
  }

  has(name: string): boolean {
    return this.names?.has(name) ?? false;
  }

  add(name: string): void {
    if (this.names?.has(name)) return;
    this.writable().add(name);
  }

  delete(name: string): boolean {
    if (!this.names?.has(name)) return false;
    if (this.names.size === 1) this.clear();
    else this.writable().delete(name);
    return true;
  }

  clear(): void {
    this.names = undefined;
    this.own = undefined;
  }

  /** A set must not change afterwards: it may be held as it is. */
  addAll(names: Iterable<string>): void {
    if (this.names === undefined && names instanceof Set) this.names = names.size > 0 ? names : undefined;
    else for (const name of names) this.add(name);
  }

  [Symbol.iterator](): IterableIterator<string> {
    return (this.names ?? NONE).values();
  }

  private writable(): Set<string> {
    if (this.own === undefined) {
      this.own = new Set(this.names);
      this.names = this.own;
    }
    return this.own;
  }
}

const NONE: ReadonlySet<string> = new Set();
