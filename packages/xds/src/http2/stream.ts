import { ERROR_CODE, type ErrorCode } from "./error-code.ts";
import { DEFAULT_WINDOW_BYTES, MAX_WINDOW_BYTES } from "./frame.ts";
import { headerFrames } from "./header-frames.ts";
import type { Output } from "./output.ts";

/** What becomes of what a client sends on a stream. */
export interface StreamReader {
  /** Some of the content. It is valid during the call. */
  read(bytes: Uint8Array): void;
  /** The client has said all. */
  halfClosed(): void;
  /** Nothing comes any more and nothing is sent: the stream is over, whoever ended it. */
  over(): void;
}

/** What a stream needs of its connection. */
export interface StreamOwner {
  /** What may still be sent on the connection. */
  sendWindow: number;
  readonly maxFrameBytes: number;
  /** Whether the next header block must begin with an update of the table's size. */
  takeTableReset(): boolean;
  /** There is something to collect. */
  want(): void;
  updateWindow(stream: number, bytes: number): void;
  reset(stream: number, code: ErrorCode): void;
  /** The stream is over; `early`: before the client had ended it. */
  forget(stream: Http2Stream, early: boolean): void;
  copy(bytes: Uint8Array): Uint8Array;
}

/** In the order in which it goes out. */
interface Outgoing {
  readonly kind: "headers" | "data" | "end";
  readonly bytes: Uint8Array;
  at: number;
  readonly taken: (() => void) | undefined;
  next: Outgoing | undefined;
}

/** One request and its response (RFC 9113, section 5.1), from the headers of the one to the end of the other. */
export class Http2Stream {
  readonly id: number;
  reader: StreamReader | undefined;
  over = false;
  /** The client has said all. */
  remoteEnded: boolean;
  /** What may be sent. Below zero where the client took back what it had given. */
  private sendWindow: number;
  /** What the client may send. */
  private receiveWindow = DEFAULT_WINDOW_BYTES;
  /** Of what it sent, so much was read and not given back yet. */
  private consumed = 0;
  private readonly owner: StreamOwner;
  private paused = false;
  private held: Uint8Array[] | undefined;
  private toldEnd = false;
  /** Of the content that the headers announced, so much is still to come; undefined: they announced none. */
  private announced: number | undefined;
  private first: Outgoing | undefined;
  private last: Outgoing | undefined;

  constructor(
    owner: StreamOwner,
    id: number,
    {
      sendWindow,
      remoteEnded,
      announced,
    }: {
      readonly sendWindow: number;
      readonly remoteEnded: boolean;
      readonly announced: number | undefined;
    },
  ) {
    this.owner = owner;
    this.id = id;
    this.sendWindow = sendWindow;
    this.remoteEnded = remoteEnded;
    this.announced = announced;
  }

  /** Where bytes wait for flow control or for the next turn. */
  get waits(): boolean {
    return this.first !== undefined;
  }

  // What is sent.

  /** A header block; `end`: it is the last that is sent. */
  respond(block: Uint8Array, end: boolean): void {
    this.send(end ? "end" : "headers", block, undefined);
  }

  /** `taken` is called when all of it was let through, or the stream is over. `body` must not change afterwards. */
  write(body: Uint8Array, taken: (() => void) | undefined): void {
    this.send("data", body, taken);
  }

  /** Ends it at once, whatever waits. */
  reset(code: ErrorCode): void {
    if (this.over) return;
    this.owner.reset(this.id, code);
    this.close();
  }

  private send(kind: Outgoing["kind"], bytes: Uint8Array, taken: (() => void) | undefined): void {
    if (this.over) return;
    const entry: Outgoing = { kind, bytes, at: 0, taken, next: undefined };
    if (this.last === undefined) this.first = entry;
    else this.last.next = entry;
    this.last = entry;
    this.owner.want();
  }

  /** Moves what may go out to `into`. */
  collect(into: Output): void {
    while (this.first !== undefined) {
      const entry = this.first;
      if (entry.kind === "data") {
        if (!this.collectData(entry, into)) return;
      } else {
        this.collectHeaders(entry, into);
      }
      this.first = entry.next;
      if (entry.taken !== undefined) into.taken.push(entry.taken);
    }
    this.last = undefined;
  }

  private collectHeaders({ kind, bytes }: Outgoing, into: Output): void {
    const { owner, id } = this;
    const { maxFrameBytes } = owner;
    const endStream = kind === "end";
    const options = { stream: id, endStream, resetTable: owner.takeTableReset(), maxFrameBytes };
    into.add(headerFrames(bytes, options, into.allocate));
    if (!endStream) return;
    // The response is whole; what the client still wants to say is not read (RFC 9113, section 8.1).
    const early = !this.remoteEnded;
    this.close();
    if (early) owner.reset(id, ERROR_CODE.noError);
  }

  /** False: some of it must wait. */
  private collectData(entry: Outgoing, into: Output): boolean {
    const { owner, id } = this;
    const rest = entry.bytes.length - entry.at;
    const allowed = Math.min(rest, this.sendWindow, owner.sendWindow);
    if (allowed > 0) {
      if (allowed === entry.bytes.length) into.addBody(entry.bytes, id, owner.maxFrameBytes);
      else into.addPart(entry.bytes.subarray(entry.at, entry.at + allowed), id, owner.maxFrameBytes);
      entry.at += allowed;
      this.sendWindow -= allowed;
      owner.sendWindow -= allowed;
    }
    return entry.at === entry.bytes.length;
  }

  /** False: the window would be larger than a window may be. */
  widen(bytes: number): boolean {
    this.sendWindow += bytes;
    if (this.sendWindow > MAX_WINDOW_BYTES) return false;
    if (this.sendWindow > 0 && this.waits) this.owner.want();
    return true;
  }

  // What is received.

  /** A frame of that length begins. False: the client had no leave to send it. */
  admit(bytes: number): boolean {
    this.receiveWindow -= bytes;
    return this.receiveWindow >= 0;
  }

  /** False: it is more than was announced. */
  receive(bytes: Uint8Array): boolean {
    if (this.announced !== undefined) {
      this.announced -= bytes.length;
      if (this.announced < 0) return false;
    }
    this.pass(bytes);
    return true;
  }

  private pass(bytes: Uint8Array): void {
    if (this.paused) {
      this.held ??= [];
      // A copy: a byte of content must not hold on to all that came with it.
      this.held.push(this.owner.copy(bytes));
      return;
    }
    this.reader?.read(bytes);
    this.consume(bytes.length);
  }

  /** Lets the client send as much again, half a window at a time. */
  consume(bytes: number): void {
    this.consumed += bytes;
    if (this.consumed < DEFAULT_WINDOW_BYTES / 2 || this.remoteEnded || this.over) return;
    this.owner.updateWindow(this.id, this.consumed);
    this.receiveWindow += this.consumed;
    this.consumed = 0;
  }

  /** False: it is less than was announced. */
  endRemote(): boolean {
    if (this.announced !== undefined && this.announced > 0) return false;
    this.remoteEnded = true;
    this.tellEnd();
    return true;
  }

  private tellEnd(): void {
    if (this.paused || this.toldEnd || this.over) return;
    this.toldEnd = true;
    this.reader?.halfClosed();
  }

  /** Nothing is given to the reader until `resume`, but what it is being given at this moment. */
  pause(): void {
    this.paused = true;
  }

  resume(): void {
    if (!this.paused || this.over) return;
    this.paused = false;
    for (let bytes = this.held?.shift(); bytes !== undefined; bytes = this.held?.shift()) {
      this.reader?.read(bytes);
      this.consumed += bytes.length;
      // The reader may have stopped it again, or ended it.
      if (this.paused || this.over) return;
    }
    this.held = undefined;
    this.consume(0);
    if (this.remoteEnded) this.tellEnd();
  }

  // Its end.

  /** It is over, and the client knows or is told. */
  close(): void {
    if (this.over) return;
    this.over = true;
    this.owner.forget(this, !this.remoteEnded);
    const { reader } = this;
    let entry = this.first;
    this.first = undefined;
    this.last = undefined;
    this.held = undefined;
    this.reader = undefined;
    reader?.over();
    for (; entry !== undefined; entry = entry.next) entry.taken?.();
  }
}
