/** Cuts a TCP stream into messages, each behind its length in two bytes (RFC 1035 section 4.2.2). */
export interface FrameReader {
  /** The messages that the chunk completes; "oversize" where a frame announces more than is allowed, after which nothing can be read. */
  push(chunk: Uint8Array): readonly Uint8Array[] | "oversize";
  /** Whether a frame has begun and is not complete. */
  readonly partial: boolean;
}

/** A message is copied into its own room once its length is known: many small chunks cost no more than one. */
export function createFrameReader(maxLength: number): FrameReader {
  let high = -1;
  let body: Uint8Array | undefined;
  let filled = 0;
  return {
    push(chunk) {
      const messages: Uint8Array[] = [];
      let at = 0;
      while (at < chunk.length) {
        if (body === undefined) {
          const byte = chunk[at++] as number;
          if (high < 0) {
            high = byte;
            continue;
          }
          const length = (high << 8) | byte;
          if (length > maxLength) return "oversize";
          high = -1;
          body = new Uint8Array(length);
          filled = 0;
        }
        const part = chunk.subarray(at, at + body.length - filled);
        body.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled === body.length) {
          messages.push(body);
          body = undefined;
        }
      }
      return messages;
    },
    get partial() {
      return high >= 0 || body !== undefined;
    },
  };
}
