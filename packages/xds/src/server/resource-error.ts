import { fieldLength, writeFieldHead } from "../resource/wire.ts";
import { textLength, writeText } from "./resource-envelope.ts";

/**
 * `ResourceError` (envoy/service/discovery/v3/discovery.proto; xRFC TP3): resource_name = 1, itself with name = 1, and
 * error_detail = 2, a `google.rpc.Status` with code = 1 and message = 2.
 */
const NOT_FOUND = 5;
const MESSAGE = "there is no such resource";
const STATUS_LENGTH = 2 + textLength(MESSAGE);

/** Without the head of the field that holds it. */
export function notFoundLength(name: string): number {
  return fieldLength(textLength(name)) + fieldLength(STATUS_LENGTH);
}

export function writeNotFound(target: Buffer, at: number, name: string): number {
  let end = writeFieldHead(target, at, 1, textLength(name));
  end = writeText(target, end, 1, name);
  end = writeFieldHead(target, end, 2, STATUS_LENGTH);
  target[end++] = 1 << 3;
  target[end++] = NOT_FOUND;
  return writeText(target, end, 2, MESSAGE);
}
