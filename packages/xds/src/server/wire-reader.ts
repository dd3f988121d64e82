/** One length-delimited field of a message: its number, and where its content stands. */
export type FieldVisitor = (field: number, start: number, end: number) => void;

/**
 * Reads the length-delimited fields of a protobuf message, or of one that stands in `bytes`, and skips the others. ACKs
 * are most of what a server receives, so their envelope is not worth a message object.
 *
 * @throws RangeError where the bytes are no message.
 */
export function readFields(bytes: Buffer, visit: FieldVisitor, start = 0, end = bytes.length): void {
  let at = start;

  function varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = at < end ? bytes[at++] : undefined;
      if (byte === undefined) throw new RangeError("a number is cut off");
      if (shift < 49) value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw new RangeError("a number has more than 10 bytes");
  }

  while (at < end) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    if (field === 0) throw new RangeError("field number 0");
    switch (tag % 8) {
      case 0:
        varint();
        break;
      case 1:
        at += 8;
        break;
      case 2: {
        const next = varint() + at;
        if (next > end) throw new RangeError(`field ${field} is cut off`);
        visit(field, at, next);
        at = next;
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        throw new RangeError(`field ${field} has no known wire type`);
    }
    if (at > end) throw new RangeError(`field ${field} is cut off`);
  }
}
