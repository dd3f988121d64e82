import type { HeaderMap } from "../../http2/request-fields.ts";
import type { Http2Stream, StreamReader } from "../../http2/stream.ts";
import type { CallConnection } from "./connection.ts";
import { MessageReader } from "./message-reader.ts";
import { headBlock, httpStatusBlock, type SentFields, statusBlock } from "./response-fields.ts";
import type { StatusName } from "./status.ts";

/** What happens on a call. After `cancelled` nothing comes any more. */
export interface CallListener {
  /** A message without its prefix. */
  message(bytes: Buffer): void;
  /** The client has said all that it wants to say. */
  halfClosed(): void;
  /** The call is over without a status of ours: the client or its connection went away. */
  cancelled(): void;
}

/** One gRPC call on a stream of HTTP/2. There may be thousands: it holds what it must. */
export class GrpcCall implements StreamReader {
  readonly headers: HeaderMap;
  readonly connection: CallConnection;
  /** When the client wants it ended, in milliseconds since 1970. */
  deadlineMs = Number.POSITIVE_INFINITY;
  /** Whether a status was given or the client is gone. */
  ended = false;
  private readonly stream: Http2Stream;
  private responded = false;
  private listener: CallListener | undefined;
  private reader: MessageReader | undefined;
  private deadline: NodeJS.Timeout | undefined;

  constructor(stream: Http2Stream, headers: HeaderMap, connection: CallConnection) {
    this.stream = stream;
    this.headers = headers;
    this.connection = connection;
    stream.reader = this;
  }

  get path(): string {
    return this.headers[":path"] ?? "";
  }

  /** Reads from now on. `maxBytes`: of a message. */
  listen(listener: CallListener, maxBytes: number): void {
    this.listener = listener;
    this.reader = new MessageReader(maxBytes, this.headers["grpc-encoding"]);
  }

  /** Ends it after that time, unless it has ended. */
  expire(ms: number): void {
    this.deadlineMs = Date.now() + ms;
    this.deadline = setTimeout(() => this.fail("DEADLINE_EXCEEDED", "the client's deadline is over"), ms);
  }

  /** No message comes, except those that are being read at this moment. */
  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }

  /** Sends the headers, once; with the first message at the latest. */
  respond(more?: SentFields): void {
    if (this.responded || this.ended) return;
    this.responded = true;
    this.stream.respond(headBlock(more), false);
  }

  /** `frame`: a message behind its prefix. `taken` is called when flow control and the socket let it through. */
  write(frame: Buffer, taken: () => void): void {
    if (this.ended) return;
    this.respond();
    this.stream.write(frame, taken);
  }

  end(code: StatusName, message: string, more?: SentFields): void {
    if (this.ended) return;
    this.settle();
    this.stream.respond(statusBlock(code, message, !this.responded, more), true);
    // What still comes is dropped.
    this.stream.resume();
  }

  /** Answers what is no call of gRPC. */
  refuse(httpStatus: number): void {
    this.settle();
    this.stream.respond(httpStatusBlock(httpStatus), true);
  }

  // What the stream tells.

  read(bytes: Uint8Array): void {
    if (this.ended) return;
    this.connection.messageBytes(bytes.length);
    // What the socket gave was a Buffer, and so is each part of it.
    const failure = this.reader?.read(bytes as Buffer, this);
    if (failure !== undefined) this.fail(failure.code, failure.message);
  }

  take(message: Buffer): void {
    this.connection.proved = true;
    if (!this.ended) this.listener?.message(message);
  }

  halfClosed(): void {
    if (!this.ended) this.listener?.halfClosed();
  }

  over(): void {
    if (this.ended) return;
    this.settle();
    this.listener?.cancelled();
  }

  private fail(code: StatusName, message: string): void {
    if (this.ended) return;
    this.end(code, message);
    this.listener?.cancelled();
  }

  private settle(): void {
    this.ended = true;
    clearTimeout(this.deadline);
  }
}
