import { connect, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import {
  ACK,
  connectionStart,
  END_STREAM,
  FRAME,
  FRAME_HEAD,
  frame,
  INITIAL_WINDOW,
  MAX_FRAME,
  PADDED,
  requestHeaders,
  windowUpdate,
  writeFrameHead,
} from "./http2-frame.ts";

export interface GrpcTarget {
  readonly host: string;
  readonly port: number;
  /** Absent: plaintext. */
  readonly tls?: ConnectionOptions | undefined;
}

export interface GrpcStreamListener {
  /** The message is overwritten when this returns. */
  message(bytes: Buffer): void;
  /** Called once, unless the caller closed the stream. */
  end(reason: string): void;
}

/** A connection of its own with one bidirectional gRPC stream on it. */
export interface GrpcStream {
  send(message: Uint8Array): void;
  /** Ends it at once, without a goodbye: the port is free for the next one. */
  destroy(): void;
}

const PREFIX = 5;
const MAX_MESSAGE = 256 * 1024 * 1024;
// Reads are synchronous where libuv polls; on Windows a read owns its buffer until it completes.
const readBuffer = Buffer.allocUnsafeSlow(256 * 1024);

/**
 * Opens a stream with as little as the protocol allows (RFC 9113 and gRPC's PROTOCOL-HTTP2): thousands of them fit on one
 * core, so that the server is what is measured. Nothing of a server's is trusted to be small but its frames.
 */
export function openGrpcStream(target: GrpcTarget, path: string, listener: GrpcStreamListener): GrpcStream {
  const { host, port, tls } = target;
  let over = false;
  // Bytes of a frame that is not complete, and of a message that is not.
  let partial: Buffer | undefined;
  let message: Buffer | undefined;
  let filled = 0;
  const head = Buffer.allocUnsafe(PREFIX);
  let headFilled = 0;
  let received = 0;
  let connectionWindow = INITIAL_WINDOW;
  let streamWindow = INITIAL_WINDOW;
  let peerInitialWindow = INITIAL_WINDOW;
  const unsent: Buffer[] = [];

  const onread = { buffer: process.platform === "win32" ? Buffer.allocUnsafe(16_384) : readBuffer, callback: onRead };
  const socket: Socket =
    tls === undefined
      ? connect({ host, port, noDelay: true, onread })
      : connectTls({ host, port, ALPNProtocols: ["h2"], ...tls });
  if (tls !== undefined) socket.setNoDelay(true).on("data", receive);
  socket.on("error", (error) => end(error.message));
  socket.on("close", () => end("the connection was closed"));
  const authority = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  socket.write(
    Buffer.concat([
      connectionStart(),
      requestHeaders({ scheme: tls === undefined ? "http" : "https", authority, path }),
    ]),
  );

  function end(reason: string): void {
    if (over) return;
    over = true;
    socket.destroy();
    listener.end(reason);
  }

  function onRead(length: number, buffer: Uint8Array): boolean {
    receive((buffer as Buffer).subarray(0, length));
    return true;
  }

  function receive(chunk: Buffer): void {
    const bytes = partial === undefined ? chunk : Buffer.concat([partial, chunk]);
    partial = undefined;
    let at = 0;
    while (!over && bytes.length - at >= FRAME_HEAD) {
      const length = bytes.readUIntBE(at, 3);
      if (length > MAX_FRAME) {
        end(`a frame of ${length} bytes: at most ${MAX_FRAME} are allowed`);
        return;
      }
      const next = at + FRAME_HEAD + length;
      if (next > bytes.length) break;
      onFrame(
        bytes[at + 3] ?? 0,
        bytes[at + 4] ?? 0,
        bytes.readUInt32BE(at + 5),
        bytes.subarray(at + FRAME_HEAD, next),
      );
      at = next;
    }
    if (!over && at < bytes.length) partial = Buffer.from(bytes.subarray(at));
  }

  function onFrame(type: number, flags: number, stream: number, payload: Buffer): void {
    switch (type) {
      case FRAME.data:
        replenish(payload.length);
        onData((flags & PADDED) === 0 ? payload : payload.subarray(1, payload.length - (payload[0] ?? 0)));
        if ((flags & END_STREAM) !== 0) end("the server ended the stream");
        return;
      case FRAME.headers:
        if ((flags & END_STREAM) !== 0) end("the server ended the stream");
        return;
      case FRAME.reset:
        end(`the server reset the stream (HTTP/2 error ${payload.readUInt32BE(0)})`);
        return;
      case FRAME.settings:
        if ((flags & ACK) === 0) onSettings(payload);
        return;
      case FRAME.ping:
        if ((flags & ACK) === 0) socket.write(frame(FRAME.ping, ACK, 0, payload));
        return;
      case FRAME.windowUpdate:
        if (stream === 0) connectionWindow += payload.readUInt32BE(0);
        else streamWindow += payload.readUInt32BE(0);
        flush();
        return;
    }
  }

  function onSettings(payload: Buffer): void {
    for (let at = 0; at + 6 <= payload.length; at += 6) {
      if (payload.readUInt16BE(at) !== 4) continue;
      const initial = payload.readUInt32BE(at + 2);
      streamWindow += initial - peerInitialWindow;
      peerInitialWindow = initial;
    }
    socket.write(frame(FRAME.settings, ACK, 0, Buffer.alloc(0)));
    flush();
  }

  /** Heads of frames take nothing of a window (RFC 9113, section 6.9.1): who gives back more ends beyond what a window may be. */
  function replenish(length: number): void {
    received += length;
    if (received < 2 ** 30) return;
    socket.write(Buffer.concat([windowUpdate(0, received), windowUpdate(1, received)]));
    received = 0;
  }

  function onData(data: Buffer): void {
    let at = 0;
    while (at < data.length && !over) {
      if (message === undefined) {
        if (headFilled === 0 && data.length - at >= PREFIX) {
          const length = data.readUInt32BE(at + 1);
          if (data.length - at >= PREFIX + length) {
            listener.message(data.subarray(at + PREFIX, at + PREFIX + length));
            at += PREFIX + length;
            continue;
          }
        }
        const taken = data.copy(head, headFilled, at, at + PREFIX - headFilled);
        headFilled += taken;
        at += taken;
        if (headFilled < PREFIX) return;
        const length = head.readUInt32BE(1);
        if (length > MAX_MESSAGE) {
          end(`a message of ${length} bytes: at most ${MAX_MESSAGE} are read`);
          return;
        }
        message = Buffer.allocUnsafe(length);
        filled = 0;
      }
      const taken = data.copy(message, filled, at);
      filled += taken;
      at += taken;
      if (filled < message.length) return;
      const whole = message;
      message = undefined;
      headFilled = 0;
      listener.message(whole);
    }
  }

  function flush(): void {
    for (let next = unsent[0]; next !== undefined; next = unsent[0]) {
      const allowed = Math.min(MAX_FRAME, connectionWindow, streamWindow, next.length);
      if (allowed <= 0) return;
      socket.write(frame(FRAME.data, 0, 1, next.subarray(0, allowed)));
      connectionWindow -= allowed;
      streamWindow -= allowed;
      if (allowed === next.length) unsent.shift();
      else unsent[0] = next.subarray(allowed);
    }
  }

  return {
    send(bytes) {
      if (over) return;
      const length = PREFIX + bytes.length;
      const target = Buffer.allocUnsafe(FRAME_HEAD + length);
      target[FRAME_HEAD] = 0;
      target.writeUInt32BE(bytes.length, FRAME_HEAD + 1);
      target.set(bytes, FRAME_HEAD + PREFIX);
      if (unsent.length === 0 && length <= Math.min(MAX_FRAME, connectionWindow, streamWindow)) {
        writeFrameHead(target, 0, length, FRAME.data, 0, 1);
        connectionWindow -= length;
        streamWindow -= length;
        socket.write(target);
        return;
      }
      unsent.push(target.subarray(FRAME_HEAD));
      flush();
    },
    destroy() {
      over = true;
      if (tls === undefined) socket.resetAndDestroy();
      else socket.destroy();
    },
  };
}
