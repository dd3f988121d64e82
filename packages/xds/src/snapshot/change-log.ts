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
  return new NameLog(limit);
}

class NameLog implements ChangeLog {
  private readonly limit: number;
  private names: string[] = [];
  private start = 0;
  // Readers come one after the other from the same position.
  private read: { readonly position: number; readonly names: readonly string[] } | undefined;

  constructor(limit: number) {
    this.limit = limit;
  }

  get end(): number {
    return this.start + this.names.length;
  }

  push(name: string): void {
    this.names.push(name);
    this.read = undefined;
    if (this.names.length < this.limit * 2) return;
    this.names = this.names.slice(this.limit);
    this.start += this.limit;
  }

  since(position: number): readonly string[] | undefined {
    if (position < this.start) return undefined;
    if (this.read?.position !== position) this.read = { position, names: this.names.slice(position - this.start) };
    return this.read.names;
  }
}
