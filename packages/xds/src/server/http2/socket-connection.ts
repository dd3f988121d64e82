import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { Http2Connection, type Http2Surroundings } from "../../http2/connection.ts";
import { ERROR_CODE } from "../../http2/error-code.ts";
import type { HeaderMap } from "../../http2/request-fields.ts";
import type { Http2Stream } from "../../http2/stream.ts";
import type { CallConnection } from "./connection.ts";
import type { ConnectionWriter, WrittenConnection } from "./connection-writer.ts";
import { PREFIX_BYTES } from "./message-reader.ts";
import type { ReadConnection, ReadQueue } from "./read-queue.ts";

/** What the connections of a listener share. */
export interface SocketSurroundings extends Http2Surroundings {
  readonly preAuthenticationBytes: number;
  readonly maxRequestBytes: number;
  readonly reads: ReadQueue;
  readonly writer: ConnectionWriter;
  serve(stream: Http2Stream, headers: HeaderMap, connection: CallConnection): void;
}

/** A connection on a socket. There may be thousands: it holds what it must, and no function of its own until it needs one. */
export class SocketConnection extends Http2Connection implements CallConnection, WrittenConnection, ReadConnection {
  readonly socket: Socket;
  readonly secure: boolean;
  proved = false;
  unread: ReadConnection["unread"];
  waiting = false;
  takers: readonly (() => void)[] | undefined;
  // For its care; in whole milliseconds, which engines keep without a box.
  pingAtMs = 0;
  /** 0: no ping is under way. */
  answerByMs = 0;
  /** 0: it was asked to go. */
  goAtMs = 0;
  cutAtMs = 0;
  proveByMs = 0;
  readonly shared: SocketSurroundings;
  /** What may still come before the first message was read, beside messages. */
  private grace: number;
  private messages = 0;
  private knownAddress: string | undefined;
  private onTaken: (() => void) | undefined;

  constructor(socket: Socket, shared: SocketSurroundings) {
    super(shared);
    this.socket = socket;
    this.secure = socket instanceof TLSSocket;
    this.shared = shared;
    this.grace = shared.preAuthenticationBytes;
  }

  get address(): string {
    if (this.knownAddress === undefined) {
      const { remoteAddress = "unknown", remotePort } = this.socket;
      this.knownAddress = remotePort === undefined ? remoteAddress : `${remoteAddress}:${remotePort}`;
    }
    return this.knownAddress;
  }

  get certificate(): Buffer | undefined {
    const { socket } = this;
    return socket instanceof TLSSocket && socket.authorized ? socket.getPeerX509Certificate()?.raw : undefined;
  }

  /**
   * Bytes that came. Until one message was read whole, a peer has proved nothing but that it can connect: whatever is no
   * message (frame heads, headers, settings, pings, padding, what was asked of methods that are not there) is bounded. A
   * message has its own bound, since a first request may rightly name a hundred thousand resources; so have, at that
   * time, all messages together. What TLS reads before a certificate is verified is bounded by OpenSSL, and by time.
   */
  take(chunk: Buffer): void {
    if (this.proved) {
      this.receive(chunk);
      return;
    }
    this.grace -= chunk.length;
    this.receive(chunk);
    if (this.grace < 0 && !this.proved) this.fail(ERROR_CODE.enhanceYourCalm, "too much before a first message");
  }

  hold(): void {
    this.socket.pause();
  }

  release(): void {
    this.socket.resume();
  }

  messageBytes(bytes: number): void {
    if (this.proved) return;
    this.messages += bytes;
    if (this.messages <= this.shared.maxRequestBytes + PREFIX_BYTES) this.grace += bytes;
  }

  override request(stream: Http2Stream, headers: HeaderMap): void {
    // Read behind its end: nobody waits for an answer, and who it was cannot be asked any more.
    if (this.socket.destroyed) stream.close();
    else this.shared.serve(stream, headers, this);
  }

  override want(): void {
    if (this.waiting) return;
    this.waiting = true;
    this.shared.writer.add(this);
  }

  get taken(): () => void {
    this.onTaken ??= () => this.tell();
    return this.onTaken;
  }

  private tell(): void {
    const { takers } = this;
    this.takers = undefined;
    if (takers !== undefined) for (const each of takers) each();
    this.want();
  }

  /** The socket is closed. */
  closed(): void {
    this.closeStreams();
    this.tell();
  }
}
