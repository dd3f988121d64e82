import { PREFIX_BYTES } from "./message-reader.ts";

/** A message behind its prefix: not compressed, so long. */
export function frameOf(message: Uint8Array): Buffer<ArrayBuffer> {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  writePrefix(frame, message.length);
  frame.set(message, PREFIX_BYTES);
  return frame;
}

export function writePrefix(frame: Buffer, length: number): void {
  frame[0] = 0;
  frame.writeUInt32BE(length, 1);
}
