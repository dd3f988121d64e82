import { type Allocate, FLAG, FRAME, FRAME_HEAD_BYTES, writeFrameHead } from "./frame.ts";
import { NO_TABLE } from "./hpack/encoder.ts";

export interface HeaderFrames {
  readonly stream: number;
  readonly endStream: boolean;
  /** Whether the peer must be told first that its table is not used. */
  readonly resetTable: boolean;
  readonly maxFrameBytes: number;
}

/** HEADERS, and CONTINUATION as far as needed, around a block (RFC 9113, section 4.3). */
export function headerFrames(block: Uint8Array, options: HeaderFrames, allocate: Allocate): Uint8Array {
  const { stream, endStream, resetTable, maxFrameBytes } = options;
  const update = resetTable ? 1 : 0;
  const length = update + block.length;
  const frames = Math.ceil(length / maxFrameBytes);
  const target = allocate(length + frames * FRAME_HEAD_BYTES);
  let to = 0;
  let at = 0;
  for (let frame = 0; frame < frames; frame++) {
    const first = frame === 0 ? update : 0;
    const end = Math.min(block.length, at + maxFrameBytes - first);
    const flags = (frame === 0 && endStream ? FLAG.endStream : 0) | (frame === frames - 1 ? FLAG.endHeaders : 0);
    to = writeFrameHead(target, to, first + end - at, frame === 0 ? FRAME.headers : FRAME.continuation, flags, stream);
    if (first === 1) target[to++] = NO_TABLE;
    target.set(block.subarray(at, end), to);
    to += end - at;
    at = end;
  }
  return target;
}
