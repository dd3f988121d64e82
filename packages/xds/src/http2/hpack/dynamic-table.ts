import type { Field } from "./static-table.ts";

/** What an entry counts for beside its text (RFC 7541, section 4.1). */
const ENTRY_BYTES = 32;

export function sizeOf([name, value]: Field): number {
  return name.length + value.length + ENTRY_BYTES;
}

/** Fields that a peer has said may be named again (RFC 7541, section 2.3.2). */
export class DynamicTable {
  /** The newest is the last. */
  private readonly fields: Field[];
  private size: number;
  private maxSize: number;

  constructor(maxSize: number, like?: DynamicTable) {
    this.fields = like === undefined ? [] : [...like.fields];
    this.size = like?.size ?? 0;
    this.maxSize = like?.maxSize ?? maxSize;
  }

  /** One of its own with the same content. */
  copy(): DynamicTable {
    return new DynamicTable(this.maxSize, this);
  }

  /** `index`: 0 is the newest. */
  at(index: number): Field | undefined {
    return this.fields[this.fields.length - 1 - index];
  }

  add(field: Field): void {
    const size = sizeOf(field);
    this.evict(this.maxSize - size);
    // One that is larger than the table empties it, and is no error (section 4.4).
    if (size > this.maxSize) return;
    this.fields.push(field);
    this.size += size;
  }

  resize(maxSize: number): void {
    this.maxSize = maxSize;
    this.evict(maxSize);
  }

  private evict(limit: number): void {
    let oldest = 0;
    while (this.size > limit && oldest < this.fields.length) this.size -= sizeOf(this.fields[oldest++]!);
    if (oldest > 0) this.fields.splice(0, oldest);
  }
}
