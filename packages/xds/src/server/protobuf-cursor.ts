import { isUtf8 } from "node:buffer";

/** How a field is written (protobuf.dev, "Encoding"). */
const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/**
 * Goes through the fields of a message, or of one within it: `next` moves to a field and gives its number, 0 at the end.
 * What is not asked for is skipped, whatever it is.
 *
 * @throws RangeError where the bytes are no message, a text is no UTF-8, or a field is not written as it must be.
 */
export class ProtobufCursor {
  private readonly bytes: Buffer;
  private readonly end: number;
  private at: number;
  private wire = 0;
  private value = 0;
  /** Where the content of the current field begins and ends. */
  from = 0;
  to = 0;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  next(): number {
    if (this.at >= this.end) return 0;
    const tag = this.varint();
    const field = Math.floor(tag / 8);
    if (field === 0) throw new RangeError("field number 0");
    this.wire = tag % 8;
    this.from = this.at;
    switch (this.wire) {
      case WIRE.varint:
        this.value = this.varint();
        break;
      case WIRE.fixed64:
        this.at += 8;
        break;
      case WIRE.bytes: {
        const length = this.varint();
        this.from = this.at;
        this.at += length;
        break;
      }
      case WIRE.fixed32:
        this.at += 4;
        break;
      default:
        throw new RangeError(`field ${field} has no known wire type`);
    }
    this.to = this.at;
    if (this.at > this.end) throw new RangeError(`field ${field} is cut off`);
    return field;
  }

  /** Whether the field is a text, bytes or a message. */
  get isBytes(): boolean {
    return this.wire === WIRE.bytes;
  }

  text(): string {
    this.expect(WIRE.bytes);
    const text = this.bytes.toString("utf8", this.from, this.to);
    // It is what stands for bytes that are no text.
    if (text.includes("\ufffd") && !isUtf8(this.bytes.subarray(this.from, this.to))) throw new RangeError("no UTF-8");
    return text;
  }

  message(): ProtobufCursor {
    this.expect(WIRE.bytes);
    return new ProtobufCursor(this.bytes, this.from, this.to);
  }

  /** Of up to 32 bits. */
  number(): number {
    this.expect(WIRE.varint);
    return this.value;
  }

  double(): number {
    this.expect(WIRE.fixed64);
    return this.bytes.readDoubleLE(this.from);
  }

  private expect(wire: number): void {
    if (this.wire !== wire) throw new RangeError("a field is not written as it must be");
  }

  private varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.at < this.end ? this.bytes[this.at++] : undefined;
      if (byte === undefined) throw new RangeError("a number is cut off");
      if (shift < 49) value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw new RangeError("a number has more than 10 bytes");
  }
}
