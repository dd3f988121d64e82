import { type Allocate, DEFAULT_MAX_FRAME_BYTES, FLAG, FRAME, FRAME_HEAD_BYTES, writeFrameHead } from "./frame.ts";

/** A body up to this size, which any frame may hold, is copied into its frame: once for all streams that are sent it in a turn. */
const FRAMED_BYTES = DEFAULT_MAX_FRAME_BYTES;

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
    else this.add(this.frame(body, stream));
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
  private frame(body: Uint8Array, stream: number): Uint8Array {
    if (body === this.body && stream === this.bodyStream) return this.framed;
    const framed = this.allocate(FRAME_HEAD_BYTES + body.length);
    framed.set(body, writeFrameHead(framed, 0, body.length, FRAME.data, FLAG.none, stream));
    this.body = body;
    this.bodyStream = stream;
    this.framed = framed;
    return framed;
  }
}
