import { tagOf } from "../resource/wire.ts";
import { ProtobufCursor } from "./protobuf-cursor.ts";

/** One length-delimited field of a message: its number, and where its content stands. */
export type FieldVisitor = (field: number, start: number, end: number) => void;

/**
 * Reads the length-delimited fields of a protobuf message, or of one that stands in `bytes`, and skips the others. ACKs
 * are most of what a server receives, so their envelope is not worth a message object.
 *
 * @throws RangeError where the bytes are no message.
 */
export function readFields(bytes: Buffer, visit: FieldVisitor, start = 0, end = bytes.length): void {
  const cursor = new ProtobufCursor(bytes, start, end);
  for (let field = cursor.next(); field !== 0; field = cursor.next()) {
    if (cursor.isBytes) visit(field, cursor.from, cursor.to);
  }
}

/** Where the content of that length-delimited field stands, if the message begins with it. */
export function fieldAtStart(
  bytes: Buffer,
  field: number,
): { readonly start: number; readonly end: number } | undefined {
  if (bytes[0] !== tagOf(field)) return undefined;
  const cursor = new ProtobufCursor(bytes);
  try {
    cursor.next();
  } catch {
    return undefined;
  }
  return { start: cursor.from, end: cursor.to };
}
