import { gunzipSync, inflateSync } from "node:zlib";

/** What a client must be told that sent something which cannot be read. */
export interface UnreadableMessage {
  readonly code: "RESOURCE_EXHAUSTED" | "UNIMPLEMENTED" | "INTERNAL";
  readonly message: string;
}

/** Length-prefixed messages (gRPC, PROTOCOL-HTTP2), cut out of a stream of bytes. */
export interface MessageReader {
  /** Gives each message that is complete. What it gives may be a part of what it was given. */
  read(chunk: Buffer, each: (message: Buffer) => void): UnreadableMessage | undefined;
}

/** Behind it: a byte that says whether the message is compressed, and its length. */
export const PREFIX_BYTES = 5;

/** `encoding`: of messages that say they are compressed; the header `grpc-encoding`. */
export function createMessageReader(maxBytes: number, encoding: string | undefined): MessageReader {
  // What came of a message that is not complete, kept in its parts: they are put together once.
  let parts: Buffer[] = [];
  let held = 0;
  let needed = PREFIX_BYTES;

  function head(bytes: Buffer): UnreadableMessage | undefined {
    const length = bytes.readUInt32BE(1);
    if (length > maxBytes) {
      return { code: "RESOURCE_EXHAUSTED", message: `a message of ${length} bytes: at most ${maxBytes} are read` };
    }
    needed = PREFIX_BYTES + length;
    return undefined;
  }

  function open(frame: Buffer): Buffer | UnreadableMessage {
    const body = frame.subarray(PREFIX_BYTES);
    return frame[0] === 0 ? body : decompress(body, encoding, maxBytes);
  }

  return {
    read(chunk, each) {
      let bytes = chunk;
      if (held > 0) {
        parts.push(chunk);
        held += chunk.length;
        if (held < needed) return undefined;
        bytes = Buffer.concat(parts, held);
        parts = [];
        held = 0;
      }
      let at = 0;
      for (;;) {
        const left = bytes.length - at;
        if (left >= PREFIX_BYTES) {
          const failure = head(at === 0 ? bytes : bytes.subarray(at));
          if (failure !== undefined) return failure;
        } else {
          needed = PREFIX_BYTES;
        }
        if (left < needed) break;
        const message = open(bytes.subarray(at, at + needed));
        if (!Buffer.isBuffer(message)) return message;
        at += needed;
        each(message);
        if (at === bytes.length) break;
      }
      if (at < bytes.length) {
        // A copy, where it is short: otherwise a few bytes hold on to all that came with them.
        const rest = bytes.subarray(at);
        parts = [at > 0 ? Buffer.from(rest) : rest];
        held = rest.length;
      }
      return undefined;
    },
  };
}

function decompress(body: Buffer, encoding: string | undefined, maxOutputLength: number): Buffer | UnreadableMessage {
  try {
    if (encoding === "gzip") return gunzipSync(body, { maxOutputLength });
    if (encoding === "deflate") return inflateSync(body, { maxOutputLength });
  } catch (cause) {
    const tooLarge = cause instanceof RangeError;
    return tooLarge
      ? { code: "RESOURCE_EXHAUSTED", message: `a message of more than ${maxOutputLength} bytes when decompressed` }
      : { code: "INTERNAL", message: "a message cannot be decompressed" };
  }
  if (encoding === undefined || encoding === "identity") {
    return { code: "INTERNAL", message: "a message is said to be compressed, and grpc-encoding does not say how" };
  }
  return { code: "UNIMPLEMENTED", message: "messages can be compressed with gzip or deflate" };
}
