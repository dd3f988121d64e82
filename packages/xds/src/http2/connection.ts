import { Allowance, type Rate } from "./allowance.ts";
import { ERROR_CODE, type ErrorCode } from "./error-code.ts";
import {
  type Allocate,
  DEFAULT_MAX_FRAME_BYTES,
  DEFAULT_WINDOW_BYTES,
  FLAG,
  FRAME,
  FRAME_HEAD_BYTES,
  MAX_WINDOW_BYTES,
  writeFrameHead,
  writeUint32,
} from "./frame.ts";
import { greeting } from "./greeting.ts";
import type { HeadCache } from "./head-cache.ts";
import { TABLE_BYTES } from "./hpack/decoder.ts";
import { Inbound, type InboundOwner } from "./inbound.ts";
import type { Http2Limits } from "./limits.ts";
import type { Output } from "./output.ts";
import { contentLength, type HeaderMap } from "./request-fields.ts";
import { SETTING } from "./settings.ts";
import { Http2Stream, type StreamOwner } from "./stream.ts";
import { StreamTable } from "./stream-table.ts";

/** What the connections of a listener share. */
export interface Http2Surroundings {
  readonly limits: Http2Limits;
  readonly heads: HeadCache;
  readonly allocate: Allocate;
  /** Milliseconds that only grow. */
  now(): number;
}

/** Which PING was answered, by its first byte. */
const KEEPALIVE = 0;
const GOING = 1;
const UPDATES_FOR_A_PIECE = 10;
/** Streams that this end ended first, whose last frames may still come. */
const MAX_ENDED_EARLY = 256;

/**
 * The server's end of a connection (RFC 9113), without its socket: it is given the bytes that came, and collected from
 * what goes out.
 */
export abstract class Http2Connection implements StreamOwner, InboundOwner {
  sendWindow = DEFAULT_WINDOW_BYTES;
  maxFrameBytes = DEFAULT_MAX_FRAME_BYTES;
  /** Nothing is read any more, and what was collected last is the last. */
  over = false;
  /** The client was told that this end speaks HTTP/2. */
  greeted = false;
  /** A ping was not answered yet. */
  pinged = false;
  readonly streams = new StreamTable();
  readonly around: Http2Surroundings;
  /** The highest number of a stream that was begun. */
  lastStream = 0;
  protected readonly inbound: Inbound;
  private going: "no" | "announced" | "yes" = "no";
  private initialWindow = DEFAULT_WINDOW_BYTES;
  private tableReset = false;
  private controls: Uint8Array[] = [];
  private controlBytes = 0;
  private endedEarly: Set<number> | undefined;
  private resets: Allowance | undefined;
  private idleFrames: Allowance | undefined;

  constructor(around: Http2Surroundings) {
    this.around = around;
    this.inbound = new Inbound(this);
  }

  /** A client asks. The reader of the stream is to be set before this returns, or the stream ended. */
  abstract request(stream: Http2Stream, headers: HeaderMap): void;
  /** There is something to collect. */
  abstract want(): void;

  receive(chunk: Uint8Array): void {
    if (!this.over) this.inbound.read(chunk);
  }

  /** Moves all that may go out to `into`. */
  collect(into: Output): void {
    this.collectControls(into);
    for (const stream of this.streams.all()) {
      if (!stream.waits) continue;
      const before = into.pieces.length;
      stream.collect(into);
      const sent = into.pieces.length - before;
      // Each of them is worth some updates of windows.
      this.idleFrames?.giveBack(sent * UPDATES_FOR_A_PIECE);
      if (stream.waits && sent > 0) this.streams.putLast(stream);
    }
    // Ended streams may have been reset.
    this.collectControls(into);
    if (this.going === "yes" && this.streams.size === 0) this.over = true;
  }

  private collectControls(into: Output): void {
    if (this.controlBytes === 0) return;
    for (const control of this.controls) into.add(control);
    this.controls = [];
    this.controlBytes = 0;
  }

  /** Tells the client to go; what is under way is carried out (section 6.8). */
  goAway(): void {
    if (this.going !== "no" || this.over) return;
    if (!this.greeted) {
      this.cut();
      return;
    }
    this.going = "announced";
    this.sendGoAway(MAX_WINDOW_BYTES, ERROR_CODE.noError, "");
    // What it sent before it knew arrives before the answer.
    this.sendPing(GOING);
  }

  /** Whether it is there. */
  ping(): void {
    this.pinged = true;
    this.sendPing(KEEPALIVE);
  }

  /** Ends what is left. */
  closeStreams(): void {
    this.over = true;
    for (const stream of this.streams.all()) stream.close();
  }

  // For its streams and for what reads.

  fail(code: ErrorCode, reason: string): false {
    if (this.over) return false;
    this.controls = [];
    this.controlBytes = 0;
    this.sendGoAway(this.lastStream, code, reason);
    this.closeStreams();
    return false;
  }

  cut(): false {
    this.closeStreams();
    this.want();
    return false;
  }

  /** Says that this end speaks HTTP/2 (section 3.4): at once where the client is known to, else as soon as it does. */
  greet(): void {
    if (this.greeted) return;
    this.greeted = true;
    this.send(greeting(this.around.limits));
  }

  open(id: number, headers: HeaderMap, remoteEnded: boolean): void {
    const announced = contentLength(headers);
    const stream = new Http2Stream(this, id, { sendWindow: this.initialWindow, remoteEnded, announced });
    this.streams.add(stream);
    this.request(stream, headers);
    if (remoteEnded) stream.endRemote();
  }

  /** Whether a new stream is not looked at: the client knows that it must go. */
  get refusesStreams(): boolean {
    return this.going === "yes";
  }

  wasEndedEarly(id: number): boolean {
    return this.endedEarly?.has(id) ?? false;
  }

  forget(stream: Http2Stream, early: boolean): void {
    this.streams.delete(stream);
    if (this.over) return;
    if (early) this.rememberEarly(stream.id);
    if (this.going === "yes") this.want();
  }

  refuse(stream: number, code: ErrorCode): void {
    this.reset(stream, code);
    this.rememberEarly(stream);
  }

  private rememberEarly(stream: number): void {
    this.endedEarly ??= new Set();
    this.endedEarly.add(stream);
    if (this.endedEarly.size <= MAX_ENDED_EARLY) return;
    const [oldest] = this.endedEarly;
    if (oldest !== undefined) this.endedEarly.delete(oldest);
  }

  reset(stream: number, code: ErrorCode): void {
    this.control(FRAME.reset, FLAG.none, stream, 4, (target, at) => writeUint32(target, at, code));
  }

  updateWindow(stream: number, bytes: number): void {
    this.control(FRAME.windowUpdate, FLAG.none, stream, 4, (target, at) => writeUint32(target, at, bytes));
  }

  copy(bytes: Uint8Array): Uint8Array {
    const copy = this.around.allocate(bytes.length);
    copy.set(bytes);
    return copy;
  }

  takeTableReset(): boolean {
    const due = this.tableReset;
    this.tableReset = false;
    return due;
  }

  /** A frame that is ready. */
  send(frame: Uint8Array): void {
    this.controls.push(frame);
    this.controlBytes += frame.length;
    if (this.controlBytes > this.around.limits.maxControlBytes && !this.over) {
      this.fail(ERROR_CODE.enhanceYourCalm, "answers are not read");
    }
    this.want();
  }

  answerPing(payload: Uint8Array): void {
    this.control(FRAME.ping, FLAG.ack, 0, 8, (target, at) => target.set(payload, at));
  }

  pingAnswered(payload: Uint8Array): void {
    if (payload[0] === KEEPALIVE) this.pinged = false;
    else if (payload[0] === GOING && this.going === "announced") {
      this.going = "yes";
      this.sendGoAway(this.lastStream, ERROR_CODE.noError, "");
    }
  }

  /** What the client's settings change here; an error where a window overflows by it. */
  applySetting(setting: number, value: number): ErrorCode | undefined {
    if (setting === SETTING.maxFrameSize) this.maxFrameBytes = value;
    else if (setting === SETTING.headerTableSize) this.tableReset ||= value < TABLE_BYTES;
    else if (setting === SETTING.initialWindowSize) {
      const more = value - this.initialWindow;
      this.initialWindow = value;
      for (const stream of this.streams.all()) if (!stream.widen(more)) return ERROR_CODE.flowControlError;
    }
    return undefined;
  }

  /** False: the window would be larger than a window may be. */
  widen(bytes: number): boolean {
    this.sendWindow += bytes;
    if (this.sendWindow > MAX_WINDOW_BYTES) return false;
    if (this.streams.all().some((stream) => stream.waits)) this.want();
    return true;
  }

  /** A stream came to nothing. */
  countReset(): boolean {
    this.resets ??= this.allowance(this.around.limits.resets);
    return this.resets.spend(this.around.now()) || this.fail(ERROR_CODE.enhanceYourCalm, "too many streams are reset");
  }

  /** A frame came that moves nothing. */
  countIdleFrame(): boolean {
    this.idleFrames ??= this.allowance(this.around.limits.idleFrames);
    return this.idleFrames.spend(this.around.now()) || this.fail(ERROR_CODE.enhanceYourCalm, "too many idle frames");
  }

  private allowance(rate: Rate): Allowance {
    return new Allowance(rate, this.around.now());
  }

  private sendPing(kind: number): void {
    this.control(FRAME.ping, FLAG.none, 0, 8, (target, at) => target.fill(0, at).fill(kind, at, at + 1));
  }

  private sendGoAway(lastStream: number, code: ErrorCode, reason: string): void {
    this.control(FRAME.goAway, FLAG.none, 0, 8 + reason.length, (target, start) => {
      let at = writeUint32(target, writeUint32(target, start, lastStream), code);
      for (const letter of reason) target[at++] = letter.charCodeAt(0);
    });
  }

  private control(
    type: number,
    flags: number,
    stream: number,
    length: number,
    write: (target: Uint8Array, at: number) => void,
  ): void {
    const frame = this.around.allocate(FRAME_HEAD_BYTES + length);
    write(frame, writeFrameHead(frame, 0, length, type, flags, stream));
    this.send(frame);
  }
}
