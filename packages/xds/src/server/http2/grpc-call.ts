import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { status } from "@grpc/grpc-js";
import type { Connection } from "./connection.ts";
import { createMessageReader } from "./message-reader.ts";

export type StatusName = Exclude<keyof typeof status, number>;

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
export class GrpcCall {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly connection: Connection;
  /** When the client wants it ended, in milliseconds since 1970. */
  deadlineMs = Number.POSITIVE_INFINITY;
  /** Whether a status was given or the client is gone. */
  ended = false;
  private readonly stream: ServerHttp2Stream;
  private responded = false;
  private listener: CallListener | undefined;
  private deadline: NodeJS.Timeout | undefined;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, connection: Connection) {
    this.stream = stream;
    this.headers = headers;
    this.path = headers[":path"] ?? "";
    this.connection = connection;
    // The reason is in the event `close`, which follows.
    stream.on("error", () => {});
  }

  /** Reads from now on. `maxBytes`: of a message. */
  listen(listener: CallListener, maxBytes: number): void {
    const { stream } = this;
    this.listener = listener;
    const reader = createMessageReader(maxBytes, this.headers["grpc-encoding"] as string | undefined);
    const each = (message: Buffer) => {
      if (!this.ended) listener.message(message);
    };
    stream.on("data", (chunk: Buffer) => {
      if (this.ended) return;
      const failure = reader.read(chunk, each);
      if (failure !== undefined) this.fail(failure.code, failure.message);
    });
    stream.on("end", () => {
      if (!this.ended && !stream.aborted && !stream.destroyed) listener.halfClosed();
    });
    stream.on("close", () => {
      clearTimeout(this.deadline);
      if (this.ended) return;
      this.ended = true;
      listener.cancelled();
    });
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
  respond(more?: OutgoingHttpHeaders): void {
    if (this.responded || this.ended) return;
    this.responded = true;
    this.stream.respond({ ...RESPONSE, ...more }, WITH_TRAILERS);
  }

  /** `frame`: a message behind its prefix. `taken` is called when flow control and the socket let it through. */
  write(frame: Buffer, taken: () => void): void {
    if (this.ended) return;
    this.respond();
    this.stream.write(frame, taken);
  }

  end(code: StatusName, message: string, more?: OutgoingHttpHeaders): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.deadline);
    const { stream } = this;
    if (stream.destroyed) return;
    const trailers = {
      ...more,
      "grpc-status": status[code],
      "grpc-message": encodeURIComponent(message.toWellFormed()),
    };
    if (this.responded) {
      stream.once("wantTrailers", () => stream.sendTrailers(trailers));
      stream.end();
    } else {
      stream.respond({ ...RESPONSE, ...trailers }, { endStream: true });
    }
    // What still comes is dropped.
    stream.resume();
  }

  private fail(code: StatusName, message: string): void {
    if (this.ended) return;
    this.end(code, message);
    this.listener?.cancelled();
  }
}

const RESPONSE: OutgoingHttpHeaders = {
  [constants.HTTP2_HEADER_STATUS]: 200,
  [constants.HTTP2_HEADER_CONTENT_TYPE]: "application/grpc",
  "grpc-accept-encoding": "identity,deflate,gzip",
};
const WITH_TRAILERS = { waitForTrailers: true };
