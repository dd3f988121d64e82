import { DEFAULT_WINDOW_BYTES, FLAG, FRAME, FRAME_HEAD_BYTES, writeFrameHead, writeUint32 } from "./frame.ts";
import type { Http2Limits } from "./limits.ts";
import { SETTING, SETTING_BYTES } from "./settings.ts";

/**
 * What a client may send on all streams together before it is told that it was read: as content is read when it comes, a
 * connection's window protects nothing, and may be so large that it is seldom widened.
 */
export const CONNECTION_WINDOW_BYTES = 1024 * 1024;

export const SETTINGS_ACK = frameOf(0, FRAME.settings, FLAG.ack);

const greetings = new WeakMap<Http2Limits, Uint8Array>();

/** The server's preface (RFC 9113, section 3.4) and the connection's window: the same bytes for all connections. */
export function greeting(limits: Http2Limits): Uint8Array {
  const known = greetings.get(limits);
  if (known !== undefined) return known;
  const settings = [
    [SETTING.maxConcurrentStreams, limits.maxStreams],
    [SETTING.maxHeaderListSize, limits.maxHeaderBytes],
  ] as const;
  const length = settings.length * SETTING_BYTES;
  const update = frameOf(4, FRAME.windowUpdate, FLAG.none);
  writeUint32(update, FRAME_HEAD_BYTES, CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW_BYTES);
  const bytes = new Uint8Array(FRAME_HEAD_BYTES + length + update.length);
  let at = writeFrameHead(bytes, 0, length, FRAME.settings, FLAG.none, 0);
  for (const [id, value] of settings) {
    bytes[at + 1] = id;
    at = writeUint32(bytes, at + 2, value);
  }
  bytes.set(update, at);
  greetings.set(limits, bytes);
  return bytes;
}

function frameOf(length: number, type: number, flags: number): Uint8Array {
  const frame = new Uint8Array(FRAME_HEAD_BYTES + length);
  writeFrameHead(frame, 0, length, type, flags, 0);
  return frame;
}
