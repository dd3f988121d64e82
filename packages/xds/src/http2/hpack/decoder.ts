import { DynamicTable, sizeOf } from "./dynamic-table.ts";
import { decodeHuffman } from "./huffman.ts";
import { type Field, STATIC_TABLE } from "./static-table.ts";

/** SETTINGS_HEADER_TABLE_SIZE as it is where nothing is said. */
export const TABLE_BYTES = 4096;

/** What a block says, or that it says more than is kept. */
export type FieldList = readonly Field[] | "too large";

export interface DecodedBlock {
  readonly fields: FieldList;
  /** What the peer may refer to from now on; to be copied before it is changed. */
  readonly table: DynamicTable;
}

const NOTHING: Uint8Array = new Uint8Array();
const EMPTY = new DynamicTable(TABLE_BYTES);
/** An integer that has more bytes behind its prefix is too large for anything it could mean. */
const MAX_INTEGER_BYTES = 4;

/** Reads the blocks of one connection (RFC 7541). Most connections have the first block alone: they share its table. */
export class HpackDecoder {
  private table = EMPTY;
  private ownsTable = false;
  private source = NOTHING;
  private at = 0;

  /** Whether nothing was said yet that a later block may refer to. */
  get fresh(): boolean {
    return this.table === EMPTY;
  }

  /** As if it had read the block that this was made of. */
  adopt({ table }: DecodedBlock): void {
    this.table = table;
    this.ownsTable = false;
  }

  /**
   * Undefined: the block cannot be read, and no later one can. `maxBytes`: of the fields, each with 32 more (RFC 9113,
   * section 10.5.1); a block that is too large is still read to its end, for what later blocks may refer to.
   */
  decode(block: Uint8Array, maxBytes: number): DecodedBlock | undefined {
    this.source = block;
    this.at = 0;
    const fields: Field[] = [];
    let bytes = 0;
    let mayResize = true;
    try {
      while (this.at < block.length) {
        const first = block[this.at]!;
        if ((first & 0xe0) === 0x20) {
          const size = this.integer(0x1f);
          if (!mayResize || size > TABLE_BYTES) return undefined;
          this.ownTable().resize(size);
          continue;
        }
        mayResize = false;
        const field = this.field(first);
        bytes += sizeOf(field);
        if (bytes <= maxBytes) fields.push(field);
      }
    } catch (cause) {
      if (cause instanceof Unreadable) return undefined;
      throw cause;
    } finally {
      // It is a part of something larger.
      this.source = NOTHING;
    }
    return { fields: bytes <= maxBytes ? fields : "too large", table: this.table };
  }

  /** Gives the table out of hand: what changes it later changes a copy. */
  share(): void {
    this.ownsTable = false;
  }

  private ownTable(): DynamicTable {
    if (!this.ownsTable) {
      this.table = this.table.copy();
      this.ownsTable = true;
    }
    return this.table;
  }

  private field(first: number): Field {
    if (first & 0x80) return this.indexed(this.integer(0x7f));
    const remembered = (first & 0x40) !== 0;
    const name = this.integer(remembered ? 0x3f : 0x0f);
    const field: Field = [name === 0 ? this.string() : this.indexed(name)[0], this.string()];
    if (remembered) this.ownTable().add(field);
    return field;
  }

  private indexed(index: number): Field {
    const field =
      index <= STATIC_TABLE.length ? STATIC_TABLE[index - 1] : this.table.at(index - STATIC_TABLE.length - 1);
    if (field === undefined) throw new Unreadable();
    return field;
  }

  /** Section 5.1; `mask`: the bits of its first byte that are its own. */
  private integer(mask: number): number {
    let value = this.byte() & mask;
    if (value < mask) return value;
    for (let count = 0; count < MAX_INTEGER_BYTES; count++) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** (7 * count);
      if (byte < 0x80) return value;
    }
    throw new Unreadable();
  }

  /** Section 5.2. */
  private string(): string {
    const coded = ((this.source[this.at] ?? 0) & 0x80) !== 0;
    const length = this.integer(0x7f);
    const start = this.at;
    const end = start + length;
    if (end > this.source.length) throw new Unreadable();
    this.at = end;
    if (!coded) return latin1(this.source, start, end);
    const text = decodeHuffman(this.source, start, end);
    if (text === undefined) throw new Unreadable();
    return text;
  }

  private byte(): number {
    const byte = this.source[this.at++];
    if (byte === undefined) throw new Unreadable();
    return byte;
  }
}

/** Leaves a block from wherever it stops making sense; the only thing that is thrown here. */
class Unreadable extends Error {}

// As many arguments as a call is sure to take.
const SLICE = 4096;

function latin1(source: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at += SLICE) {
    text += String.fromCharCode.apply(null, source.subarray(at, Math.min(end, at + SLICE)) as unknown as number[]);
  }
  return text;
}
