import { type Allocate, FLAG, FRAME, FRAME_HEAD_BYTES, writeFrameHead } from "./frame.ts";

/** A body up to this size is copied into its frames, once for all streams that are sent it. */
const FRAMED_BYTES = 256 * 1024;

const NOTHING: Uint8Array = new Uint8Array();

/** What one connection has to say in one turn. One of these serves all connections of a listener, one after the other. */
export class Output {
  /** In their order, to be written together. */
  pieces: Uint8Array[] = [];
  bytes = 0;
  /** To be called when the pieces were taken. */
  taken: (() => void)[] = [];
  readonly allocate: Allocate;
  private body: Uint8Array | undefined;
  private bodyStream = 0;
  private bodyFrameBytes = 0;
  private framed = NOTHING;

  constructor(allocate: Allocate) {
    this.allocate = allocate;
  }

  clear(): void {
    this.pieces = [];
    this.bytes = 0;
    this.taken = [];
  }

  /** Forgets the body that was framed last. */
  drop(): void {
    this.body = undefined;
    this.framed = NOTHING;
  }

  add(piece: Uint8Array): void {
    this.pieces.push(piece);
    this.bytes += piece.length;
  }

  /** DATA frames with all of `body`, which is not changed afterwards. */
  addBody(body: Uint8Array, stream: number, maxFrameBytes: number): void {
    if (body.length > FRAMED_BYTES) this.addPart(body, stream, maxFrameBytes);
    else this.add(this.frame(body, stream, maxFrameBytes));
  }

  /** DATA frames around `part`, which is not copied. */
  addPart(part: Uint8Array, stream: number, maxFrameBytes: number): void {
    for (let at = 0; at < part.length; at += maxFrameBytes) {
      const end = Math.min(part.length, at + maxFrameBytes);
      const head = this.allocate(FRAME_HEAD_BYTES);
      writeFrameHead(head, 0, end - at, FRAME.data, FLAG.none, stream);
      this.add(head);
      this.add(part.subarray(at, end));
    }
  }

  /** A change goes to many streams, most of them the first of their connection: the very same bytes. */
  private frame(body: Uint8Array, stream: number, maxFrameBytes: number): Uint8Array {
    const frameBytes = Math.min(body.length, maxFrameBytes);
    if (body === this.body && stream === this.bodyStream && frameBytes === this.bodyFrameBytes) return this.framed;
    const frames = Math.ceil(body.length / frameBytes);
    const framed = this.allocate(body.length + frames * FRAME_HEAD_BYTES);
    let to = 0;
    for (let at = 0; at < body.length; at += frameBytes) {
      const end = Math.min(body.length, at + frameBytes);
      to = writeFrameHead(framed, to, end - at, FRAME.data, FLAG.none, stream);
      framed.set(body.subarray(at, end), to);
      to += end - at;
    }
    this.body = body;
    this.bodyStream = stream;
    this.bodyFrameBytes = frameBytes;
    this.framed = framed;
    return framed;
  }
}
