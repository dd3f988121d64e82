import { ERROR_CODE, type ErrorCode } from "./error-code.ts";
import { DEFAULT_MAX_FRAME_BYTES, FLAG, FRAME, readUint31 } from "./frame.ts";
import { type FrameListener, FrameReader } from "./frame-reader.ts";
import { CONNECTION_WINDOW_BYTES, SETTINGS_ACK } from "./greeting.ts";
import { HeaderBlocks, type HeaderListener, type HeaderOwner } from "./header-blocks.ts";
import type { Field } from "./hpack/static-table.ts";
import { contentLength, type HeaderMap, isTrailers } from "./request-fields.ts";
import { faultOf, readSettings, SETTING_BYTES } from "./settings.ts";
import type { Http2Stream } from "./stream.ts";
import type { StreamTable } from "./stream-table.ts";

/** What reading needs of its connection. */
export interface InboundOwner extends HeaderOwner {
  readonly streams: StreamTable;
  lastStream: number;
  readonly refusesStreams: boolean;
  readonly over: boolean;
  /** Without a word. */
  cut(): false;
  greet(): void;
  send(frame: Uint8Array): void;
  open(id: number, headers: HeaderMap, remoteEnded: boolean): void;
  wasEndedEarly(id: number): boolean;
  reset(stream: number, code: ErrorCode): void;
  /** It comes to nothing, and is not among the streams. */
  refuse(stream: number, code: ErrorCode): void;
  updateWindow(stream: number, bytes: number): void;
  answerPing(payload: Uint8Array): void;
  pingAnswered(payload: Uint8Array): void;
  applySetting(setting: number, value: number): ErrorCode | undefined;
  widen(bytes: number): boolean;
  countReset(): boolean;
  countIdleFrame(): boolean;
}

/** What frames of a client mean, and which of them may not come (RFC 9113, sections 5 and 6). */
export class Inbound implements FrameListener, HeaderListener {
  private readonly owner: InboundOwner;
  private readonly frames: FrameReader;
  private readonly headers: HeaderBlocks;
  /** The client's settings must come before anything else. */
  private settled = false;
  /** Whose DATA is being read. */
  private receiver: Http2Stream | undefined;
  /** Of that frame, so much is no content. */
  private overhead = 0;
  private window = CONNECTION_WINDOW_BYTES;
  private consumed = 0;

  constructor(owner: InboundOwner) {
    this.owner = owner;
    this.frames = new FrameReader(this);
    this.headers = new HeaderBlocks(owner, this);
  }

  read(chunk: Uint8Array): void {
    this.frames.read(chunk);
  }

  noise(): false {
    return this.owner.cut();
  }

  badPadding(): false {
    return this.owner.fail(ERROR_CODE.protocolError, "more padding than payload");
  }

  preface(): boolean {
    this.owner.greet();
    return true;
  }

  head(length: number, type: number, flags: number, stream: number): boolean {
    const { owner } = this;
    if (!this.settled && (type !== FRAME.settings || (flags & FLAG.ack) !== 0)) {
      return owner.fail(ERROR_CODE.protocolError, "the first frame is not SETTINGS");
    }
    if (length > DEFAULT_MAX_FRAME_BYTES) return owner.fail(ERROR_CODE.frameSizeError, "a frame is too long");
    if (length < leastBytes(type, flags)) return owner.fail(ERROR_CODE.frameSizeError, "a frame is too short");
    const { openStream } = this.headers;
    if (openStream !== undefined && (type !== FRAME.continuation || stream !== openStream)) {
      return owner.fail(ERROR_CODE.protocolError, "a header block was not continued");
    }
    return type !== FRAME.data || this.admit(length, flags, stream);
  }

  private admit(length: number, flags: number, id: number): boolean {
    const { owner } = this;
    if (id === 0) return owner.fail(ERROR_CODE.protocolError, "DATA of no stream");
    this.window -= length;
    if (this.window < 0) return owner.fail(ERROR_CODE.flowControlError, "more than the connection's window");
    this.overhead = length;
    this.consumed += length;
    if (this.consumed >= CONNECTION_WINDOW_BYTES / 2) {
      owner.updateWindow(0, this.consumed);
      this.window += this.consumed;
      this.consumed = 0;
    }
    if (length === 0 && (flags & FLAG.endStream) === 0 && !owner.countIdleFrame()) return false;
    const stream = this.live(id);
    this.receiver = stream;
    if (stream === undefined) return this.refuseLate(id);
    if (stream.admit(length)) return true;
    stream.reset(ERROR_CODE.flowControlError);
    this.receiver = undefined;
    return owner.countReset();
  }

  /** The stream, where the client may still send on it. */
  private live(id: number): Http2Stream | undefined {
    const stream = this.owner.streams.get(id);
    return stream === undefined || stream.remoteEnded ? undefined : stream;
  }

  /** DATA or HEADERS on a stream that is over, at least for the client. */
  private refuseLate(id: number): boolean {
    const { owner } = this;
    if (this.isIdle(id)) return owner.fail(ERROR_CODE.protocolError, "a stream that was not begun");
    if (id > owner.lastStream) return true;
    // It could not know yet, or was told at the time.
    if (owner.wasEndedEarly(id)) return true;
    const stream = owner.streams.get(id);
    if (stream === undefined) owner.reset(id, ERROR_CODE.streamClosed);
    else stream.reset(ERROR_CODE.streamClosed);
    return owner.countReset();
  }

  private isIdle(id: number): boolean {
    return id % 2 === 0 || (id > this.owner.lastStream && !this.owner.refusesStreams);
  }

  data(bytes: Uint8Array): boolean {
    const { receiver } = this;
    if (receiver === undefined || receiver.over) return true;
    this.overhead -= bytes.length;
    if (!receiver.receive(bytes)) return this.refuse(receiver);
    return !this.owner.over;
  }

  dataEnd(flags: number): boolean {
    const { receiver, overhead } = this;
    this.receiver = undefined;
    if (receiver !== undefined && !receiver.over) {
      if (overhead > 0) receiver.consume(overhead);
      if (flags & FLAG.endStream && !receiver.endRemote()) return this.refuse(receiver);
    }
    return !this.owner.over;
  }

  /** What it says is malformed (section 8.1.1). */
  private refuse(stream: Http2Stream): boolean {
    stream.reset(ERROR_CODE.protocolError);
    return this.owner.countReset();
  }

  payload(type: number, flags: number, stream: number, payload: Uint8Array): boolean {
    return this.frame(type, flags, stream, payload) && !this.owner.over;
  }

  private frame(type: number, flags: number, stream: number, payload: Uint8Array): boolean {
    switch (type) {
      case FRAME.headers:
        return this.onHeaders(flags, stream, payload);
      case FRAME.continuation:
        return this.headers.continue(flags, payload);
      case FRAME.settings:
        return this.onSettings(flags, stream, payload);
      case FRAME.windowUpdate:
        return this.onWindowUpdate(stream, payload);
      case FRAME.ping:
        return this.onPing(flags, stream, payload);
      case FRAME.reset:
        return this.onReset(stream, payload);
      case FRAME.priority:
        return this.onPriority(stream, payload);
      case FRAME.goAway:
        return this.onGoAway(stream, payload);
      case FRAME.pushPromise:
        return this.owner.fail(ERROR_CODE.protocolError, "PUSH_PROMISE of a client");
      default:
        return this.owner.countIdleFrame();
    }
  }

  private onHeaders(flags: number, stream: number, payload: Uint8Array): boolean {
    if (stream % 2 === 0) return this.owner.fail(ERROR_CODE.protocolError, "HEADERS of no stream of a client");
    const start = leastBytes(FRAME.headers, flags);
    const end = payload.length - (flags & FLAG.padded ? payload[0]! : 0);
    if (start > end) return this.badPadding();
    return this.headers.begin(stream, flags, payload.subarray(start, end));
  }

  /** `headers`: or why they are none. */
  onRequest(id: number, headers: HeaderMap | ErrorCode, endStream: boolean): boolean {
    const { owner } = this;
    // Those that the client could not know to be too late: it has been told which is the last (section 6.8).
    if (owner.refusesStreams) return true;
    owner.lastStream = id;
    if (typeof headers === "number" || (endStream && (contentLength(headers) ?? 0) > 0)) {
      owner.refuse(id, typeof headers === "number" ? headers : ERROR_CODE.protocolError);
      return owner.countReset();
    }
    if (owner.streams.size >= owner.around.limits.maxStreams) {
      owner.refuse(id, ERROR_CODE.refusedStream);
      return owner.countReset();
    }
    owner.open(id, headers, endStream);
    return true;
  }

  /** Trailers (section 8.1). */
  onLaterBlock(id: number, fields: readonly Field[] | "too large", endStream: boolean): boolean {
    const { owner } = this;
    const stream = this.live(id);
    if (stream === undefined) {
      if (owner.streams.get(id) !== undefined || owner.wasEndedEarly(id)) return this.refuseLate(id);
      return owner.fail(ERROR_CODE.streamClosed, "HEADERS of a stream that is over");
    }
    if (!endStream || fields === "too large" || !isTrailers(fields)) return this.refuse(stream);
    return stream.endRemote() || this.refuse(stream);
  }

  private onSettings(flags: number, stream: number, payload: Uint8Array): boolean {
    const { owner } = this;
    if (stream !== 0) return owner.fail(ERROR_CODE.protocolError, "SETTINGS of a stream");
    if (flags & FLAG.ack) {
      return payload.length === 0 || owner.fail(ERROR_CODE.frameSizeError, "SETTINGS that acknowledge and say more");
    }
    if (payload.length % SETTING_BYTES !== 0) return owner.fail(ERROR_CODE.frameSizeError, "SETTINGS are cut off");
    if (this.settled && !owner.countIdleFrame()) return false;
    this.settled = true;
    let fault: ErrorCode | undefined;
    readSettings(payload, (setting, value) => {
      fault ??= faultOf(setting, value) ?? owner.applySetting(setting, value);
    });
    if (fault !== undefined) return owner.fail(fault, "a setting is out of range");
    owner.send(SETTINGS_ACK);
    return true;
  }

  private onWindowUpdate(id: number, payload: Uint8Array): boolean {
    const { owner } = this;
    if (payload.length !== 4) return owner.fail(ERROR_CODE.frameSizeError, "WINDOW_UPDATE has four bytes");
    const increment = readUint31(payload, 0);
    if (!owner.countIdleFrame()) return false;
    if (id === 0) {
      if (increment === 0) return owner.fail(ERROR_CODE.protocolError, "a window grows by nothing");
      return owner.widen(increment) || owner.fail(ERROR_CODE.flowControlError, "the connection's window overflows");
    }
    if (this.isIdle(id)) return owner.fail(ERROR_CODE.protocolError, "WINDOW_UPDATE of a stream that was not begun");
    const stream = owner.streams.get(id);
    if (stream === undefined) return true;
    if (increment > 0 && stream.widen(increment)) return true;
    stream.reset(increment === 0 ? ERROR_CODE.protocolError : ERROR_CODE.flowControlError);
    return owner.countReset();
  }

  private onPing(flags: number, stream: number, payload: Uint8Array): boolean {
    const { owner } = this;
    if (stream !== 0) return owner.fail(ERROR_CODE.protocolError, "PING of a stream");
    if (payload.length !== 8) return owner.fail(ERROR_CODE.frameSizeError, "PING has eight bytes");
    if (flags & FLAG.ack) owner.pingAnswered(payload);
    else owner.answerPing(payload);
    return owner.countIdleFrame();
  }

  private onReset(id: number, payload: Uint8Array): boolean {
    const { owner } = this;
    if (payload.length !== 4) return owner.fail(ERROR_CODE.frameSizeError, "RST_STREAM has four bytes");
    if (id === 0 || this.isIdle(id)) {
      return owner.fail(ERROR_CODE.protocolError, "RST_STREAM of a stream that was not begun");
    }
    const stream = owner.streams.get(id);
    // The client knows that it is over: what follows is an error.
    if (stream !== undefined) stream.remoteEnded = true;
    stream?.close();
    return owner.countReset();
  }

  /** Ignored (section 5.3.2), as far as it is well-formed. */
  private onPriority(stream: number, payload: Uint8Array): boolean {
    const { owner } = this;
    if (stream === 0) return owner.fail(ERROR_CODE.protocolError, "PRIORITY of no stream");
    if (payload.length !== 5) {
      if (this.isIdle(stream)) return owner.fail(ERROR_CODE.frameSizeError, "PRIORITY has five bytes");
      const known = owner.streams.get(stream);
      if (known !== undefined) known.reset(ERROR_CODE.frameSizeError);
    }
    return owner.countIdleFrame();
  }

  /** A client that goes ends its streams, or waits for their end, by itself. */
  private onGoAway(stream: number, payload: Uint8Array): boolean {
    const { owner } = this;
    if (stream !== 0) return owner.fail(ERROR_CODE.protocolError, "GOAWAY of a stream");
    if (payload.length < 8) return owner.fail(ERROR_CODE.frameSizeError, "GOAWAY has at least eight bytes");
    return owner.countIdleFrame();
  }
}

/** What flags say that a payload begins with: the length of padding, and a priority, which is ignored (section 5.3.2). */
function leastBytes(type: number, flags: number): number {
  if (type !== FRAME.data && type !== FRAME.headers) return 0;
  return (flags & FLAG.padded ? 1 : 0) + (type === FRAME.headers && flags & FLAG.priority ? 5 : 0);
}
