import type { Socket } from "node:net";
import { createFrameReader } from "../wire/frames.ts";
import type { Answerer } from "./answerer.ts";
import { report } from "./channels.ts";

/** What one client may take up over TCP (RFC 7766 section 6.2, RFC 9210). */
export interface TcpLimits {
  readonly connections: number;
  readonly connectionsPerAddress: number;
  /** From the connection to its first byte. */
  readonly firstByteMs: number;
  /** From a frame's first byte to its last, and for a reply to be taken. */
  readonly frameMs: number;
  readonly idleMs: number;
  readonly queriesPerConnection: number;
  /** Bytes that wait to be written; nothing is read from the client until they are gone. */
  readonly unwrittenBytes: number;
}

export const DEFAULT_TCP_LIMITS: TcpLimits = {
  connections: 256,
  connectionsPerAddress: 8,
  firstByteMs: 2_000,
  frameMs: 10_000,
  idleMs: 10_000,
  queriesPerConnection: 128,
  unwrittenBytes: 65_536,
};

export interface TcpConnection {
  /** Destroys the connection where its time is over. */
  check(nowMs: number): void;
  destroy(): void;
}

/** No query is longer; a client that announces more is up to no good. */
const MAX_QUERY = 16_384;
/** Questions of one connection that are under way at once. */
const MAX_UNANSWERED = 16;

export function serveConnection(socket: Socket, answer: Answerer, limits: TcpLimits, now: () => number): TcpConnection {
  const reader = createFrameReader(MAX_QUERY);
  const address = socket.remoteAddress ?? "";
  const backlog: Uint8Array[] = [];
  let deadlineMs = now() + limits.firstByteMs;
  let frameBegan = false;
  let queries = 0;
  let unanswered = 0;
  let finished = false;

  /** A frame that has begun keeps its deadline, however slowly it drips. */
  function rearm(): void {
    const began = reader.partial && !frameBegan;
    frameBegan = reader.partial;
    if (finished || unwritten()) return;
    if (began) deadlineMs = now() + limits.frameMs;
    else if (!reader.partial) deadlineMs = unanswered > 0 ? Number.POSITIVE_INFINITY : now() + limits.idleMs;
  }

  function unwritten(): boolean {
    return socket.writableLength >= limits.unwrittenBytes;
  }

  /** Answers what waits, as far as there is room for replies; the rest when there is again. */
  function work(): void {
    while (backlog.length > 0 && unanswered < MAX_UNANSWERED && !unwritten() && !socket.destroyed) {
      take(backlog.shift() as Uint8Array);
    }
    if (backlog.length > 0 || unwritten()) socket.pause();
    else if (!finished) socket.resume();
    if (finished && backlog.length === 0 && unanswered === 0 && !socket.destroyed) socket.end();
    rearm();
  }

  function take(message: Uint8Array): void {
    unanswered++;
    let sync = true;
    const send = (reply: Uint8Array | undefined) => {
      unanswered--;
      if (socket.destroyed) return;
      // Whoever sends what deserves silence is no client.
      if (reply === undefined) return void socket.destroy();
      socket.cork();
      socket.write(Uint8Array.of(reply.length >> 8, reply.length & 255));
      socket.write(reply);
      socket.uncork();
      if (unwritten()) deadlineMs = now() + limits.frameMs;
      if (!sync) work();
    };
    try {
      answer({ message, address, transport: "tcp", startMs: now(), send });
    } catch (error) {
      report("answer", error);
      socket.destroy();
    }
    sync = false;
  }

  /** Nothing more is read: what was asked is answered, and then the connection ends. */
  function finish(): void {
    finished = true;
    socket.pause();
    deadlineMs = now() + limits.frameMs;
    work();
  }

  socket.setNoDelay(true);
  socket.on("data", (chunk) => {
    if (finished) return;
    const messages = reader.push(chunk);
    if (messages === "oversize") return void socket.destroy();
    const left = limits.queriesPerConnection - queries;
    queries += messages.length;
    backlog.push(...messages.slice(0, left));
    if (queries >= limits.queriesPerConnection) finish();
    else work();
  });
  socket.on("drain", work);
  socket.on("end", finish);
  socket.on("error", () => socket.destroy());
  return {
    check(nowMs) {
      if (nowMs >= deadlineMs) socket.destroy();
    },
    destroy: () => void socket.destroy(),
  };
}
