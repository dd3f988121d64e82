import { gunzipSync, inflateSync } from "node:zlib";

/** What a client must be told that sent something which cannot be read. */
export interface UnreadableMessage {
  readonly code: "RESOURCE_EXHAUSTED" | "UNIMPLEMENTED" | "INTERNAL";
  readonly message: string;
}

/** Who is given messages, one after the other. What it is given may be a part of something larger. */
export interface MessageTaker {
  take(message: Buffer): void;
}

/** Behind it: a byte that says whether the message is compressed, and its length. */
export const PREFIX_BYTES = 5;

/** Length-prefixed messages (gRPC, PROTOCOL-HTTP2), cut out of a stream of bytes. */
export class MessageReader {
  private readonly maxBytes: number;
  private readonly encoding: string | undefined;
  /** What came of a message that is not complete, kept in its parts: they are put together once. */
  private parts: Buffer[] | undefined;
  private held = 0;
  private needed = PREFIX_BYTES;

  /** `encoding`: of messages that say they are compressed; the header `grpc-encoding`. */
  constructor(maxBytes: number, encoding: string | undefined) {
    this.maxBytes = maxBytes;
    this.encoding = encoding;
  }

  read(chunk: Buffer, taker: MessageTaker): UnreadableMessage | undefined {
    let bytes = chunk;
    if (this.parts !== undefined) {
      this.hold(this.parts, chunk);
      if (this.held < this.needed) return undefined;
      bytes = Buffer.concat(this.parts, this.held);
      this.parts = undefined;
    }
    let at = 0;
    while (at < bytes.length) {
      const left = bytes.length - at;
      this.needed = PREFIX_BYTES;
      if (left >= PREFIX_BYTES) {
        const length = bytes.readUInt32BE(at + 1);
        if (length > this.maxBytes) return tooLong(length, this.maxBytes);
        this.needed += length;
      }
      if (left < this.needed) {
        this.parts = [];
        this.held = 0;
        this.hold(this.parts, bytes.subarray(at));
        return undefined;
      }
      const body = bytes.subarray(at + PREFIX_BYTES, at + this.needed);
      const message = bytes[at] === 0 ? body : decompress(body, this.encoding, this.maxBytes);
      if (!Buffer.isBuffer(message)) return message;
      at += this.needed;
      taker.take(message);
    }
    return undefined;
  }

  /** A copy, where it is short: otherwise a few bytes hold on to all that came with them. */
  private hold(parts: Buffer[], part: Buffer): void {
    parts.push(part.length * 2 < part.buffer.byteLength ? Buffer.from(part) : part);
    this.held += part.length;
  }
}

function tooLong(length: number, maxBytes: number): UnreadableMessage {
  return { code: "RESOURCE_EXHAUSTED", message: `a message of ${length} bytes: at most ${maxBytes} are read` };
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
