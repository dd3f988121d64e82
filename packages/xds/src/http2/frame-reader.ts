import { FLAG, FRAME, FRAME_HEAD_BYTES, readUint31 } from "./frame.ts";

/** What a reader finds. Each gives false where nothing more is to be read. */
export interface FrameListener {
  /** The client has said that it speaks HTTP/2. */
  preface(): boolean;
  /** The head of a frame; `length` of its payload. */
  head(length: number, type: number, flags: number, stream: number): boolean;
  /** The payload of a frame that is not DATA. It is valid during the call. */
  payload(type: number, flags: number, stream: number, payload: Uint8Array): boolean;
  /** Some of a DATA frame, without its padding. */
  data(bytes: Uint8Array): boolean;
  /** A DATA frame is over. */
  dataEnd(flags: number): boolean;
  /** What came is no HTTP/2 at all. */
  noise(): false;
  /** A frame says that more of it is padding than it has. */
  badPadding(): false;
}

const PREFACE = Uint8Array.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (letter) => letter.charCodeAt(0));

/**
 * Cuts frames out of a stream of bytes (RFC 9113, sections 3.4 and 4.1). DATA is passed on as it comes; of anything else,
 * only what lies across two pieces is put together.
 */
export class FrameReader {
  private readonly listener: FrameListener;
  private prefaceAt = 0;
  /** Of the frame that is being read; -1: its head is not complete. */
  private type = -1;
  private flags = 0;
  private stream = 0;
  /** Of its payload, so much is still to come. */
  private left = 0;
  private padding = 0;
  private paddingKnown = true;
  /** A head or payload of which something came. */
  private held: Uint8Array | undefined;
  private heldBytes = 0;

  constructor(listener: FrameListener) {
    this.listener = listener;
  }

  read(chunk: Uint8Array): void {
    let at = this.prefaceAt < PREFACE.length ? this.readPreface(chunk) : 0;
    while (at >= 0 && (at < chunk.length || this.isWhole())) {
      if (this.type === -1) at = this.readHead(chunk, at);
      else if (this.type === FRAME.data) at = this.readData(chunk, at);
      else at = this.readPayload(chunk, at);
    }
  }

  /** A frame without payload is complete with its head. */
  private isWhole(): boolean {
    return this.type !== -1 && this.left === 0;
  }

  private readPreface(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length && this.prefaceAt < PREFACE.length) {
      if (chunk[at++] !== PREFACE[this.prefaceAt++]) {
        this.listener.noise();
        return -1;
      }
    }
    return this.prefaceAt < PREFACE.length || this.listener.preface() ? at : -1;
  }

  private readHead(chunk: Uint8Array, start: number): number {
    let head = chunk;
    let at = start;
    let next = start + FRAME_HEAD_BYTES;
    if (this.held !== undefined || next > chunk.length) {
      next = this.hold(chunk, start, FRAME_HEAD_BYTES);
      if (this.heldBytes < FRAME_HEAD_BYTES) return next;
      head = this.release();
      at = 0;
    }
    this.left = (head[at]! << 16) | (head[at + 1]! << 8) | head[at + 2]!;
    this.type = head[at + 3]!;
    this.flags = head[at + 4]!;
    this.stream = readUint31(head, at + 5);
    this.padding = 0;
    this.paddingKnown = this.type !== FRAME.data || (this.flags & FLAG.padded) === 0;
    return this.listener.head(this.left, this.type, this.flags, this.stream) ? next : -1;
  }

  private readData(chunk: Uint8Array, start: number): number {
    let at = start;
    if (!this.paddingKnown) {
      this.padding = chunk[at++]!;
      this.paddingKnown = true;
      this.left--;
      if (this.padding > this.left) {
        this.listener.badPadding();
        return -1;
      }
    }
    const here = Math.min(this.left, chunk.length - at);
    const content = Math.min(here, this.left - this.padding);
    if (content > 0 && !this.listener.data(chunk.subarray(at, at + content))) return -1;
    at += here;
    this.left -= here;
    this.padding = Math.min(this.padding, this.left);
    if (this.left > 0) return at;
    this.type = -1;
    return this.listener.dataEnd(this.flags) ? at : -1;
  }

  private readPayload(chunk: Uint8Array, start: number): number {
    const { type, left } = this;
    let payload: Uint8Array;
    let next = start + left;
    if (this.held !== undefined || next > chunk.length) {
      next = this.hold(chunk, start, left);
      if (this.heldBytes < left) return next;
      payload = this.release();
    } else {
      payload = chunk.subarray(start, next);
    }
    this.type = -1;
    return this.listener.payload(type, this.flags, this.stream, payload) ? next : -1;
  }

  /** Keeps what there is of `total` bytes. */
  private hold(chunk: Uint8Array, start: number, total: number): number {
    this.held ??= new Uint8Array(total);
    const end = Math.min(chunk.length, start + total - this.heldBytes);
    this.held.set(chunk.subarray(start, end), this.heldBytes);
    this.heldBytes += end - start;
    return end;
  }

  private release(): Uint8Array {
    const held = this.held!;
    this.held = undefined;
    this.heldBytes = 0;
    return held;
  }
}
