import { ERROR_CODE, type ErrorCode } from "./error-code.ts";
import { DEFAULT_MAX_FRAME_BYTES, MAX_WINDOW_BYTES, readUint31 } from "./frame.ts";

/** RFC 9113, section 6.5.2. */
export const SETTING = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

export const SETTING_BYTES = 6;

/** What is wrong with a value. */
export function faultOf(setting: number, value: number): ErrorCode | undefined {
  switch (setting) {
    case SETTING.enablePush:
      return value > 1 ? ERROR_CODE.protocolError : undefined;
    case SETTING.initialWindowSize:
      return value > MAX_WINDOW_BYTES ? ERROR_CODE.flowControlError : undefined;
    case SETTING.maxFrameSize:
      return value < DEFAULT_MAX_FRAME_BYTES || value >= 2 ** 24 ? ERROR_CODE.protocolError : undefined;
    default:
      return undefined;
  }
}

export function readSettings(payload: Uint8Array, each: (setting: number, value: number) => void): void {
  for (let at = 0; at < payload.length; at += SETTING_BYTES) {
    const value = readUint31(payload, at + 2) + (payload[at + 2]! & 0x80 ? 2 ** 31 : 0);
    each((payload[at]! << 8) | payload[at + 1]!, value);
  }
}
