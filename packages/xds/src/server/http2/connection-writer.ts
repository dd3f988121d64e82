import type { Socket } from "node:net";
import { Output } from "../../http2/output.ts";

/** Up to this size, what is said in a turn is put together: one piece costs less than several. */
const COPIED_BYTES = 16 * 1024;
/** So long may thousands of connections be written to, before what others say is heard again. */
const SLICE_MS = 10;
/** How many between two looks at the clock. */
const LOOK = 16;
const NOTHING = Buffer.alloc(0);

/** What a writer needs of a connection. */
export interface WrittenConnection {
  readonly socket: Socket;
  /** What is written is encrypted, and never taken at once. */
  readonly secure: boolean;
  /** It is in the writer's list. */
  waiting: boolean;
  /** Who waits until the socket has taken what it was given last. */
  takers: readonly (() => void)[] | undefined;
  /** What is collected now is the last. */
  readonly over: boolean;
  /** To be called when the socket has taken it. */
  readonly taken: () => void;
  collect(into: Output): void;
}

/** Writes what connections have to say: all of a turn in one go. */
export class ConnectionWriter {
  private readonly output = new Output(Buffer.allocUnsafe);
  private waiting: WrittenConnection[] = [];

  add(connection: WrittenConnection): void {
    if (this.waiting.push(connection) === 1) process.nextTick(flush, this);
  }

  /** @internal */
  run(): void {
    let at = 0;
    try {
      const until = performance.now() + SLICE_MS;
      // Those that are added meanwhile come behind: whoever took what he was given may have more at once.
      while (at < this.waiting.length) {
        this.serve(this.waiting[at++]!);
        if (at % LOOK === 0 && performance.now() > until) break;
      }
    } finally {
      // What a listener throws holds up no other connection.
      this.waiting = this.waiting.slice(at);
      if (this.waiting.length > 0) setImmediate(flush, this);
      this.output.drop();
    }
  }

  private serve(connection: WrittenConnection): void {
    const { socket } = connection;
    connection.waiting = false;
    // What it was given last was not taken yet: nothing more is put before it, so that little waits in memory.
    if (connection.takers !== undefined || socket.destroyed) return;
    const { output } = this;
    connection.collect(output);
    const { pieces, bytes, taken } = output;
    output.clear();
    if (bytes > 0) this.write(connection, pieces, bytes, taken);
    if (connection.over) socket.destroySoon();
  }

  private write(
    connection: WrittenConnection,
    pieces: readonly Uint8Array[],
    bytes: number,
    takers: readonly (() => void)[],
  ): void {
    const { socket } = connection;
    if (connection.secure) {
      connection.takers = takers;
      give(socket, pieces, bytes, connection.taken);
      return;
    }
    // Most sockets take what they are given at once: to be told so later would cost as much as to write.
    give(socket, pieces, bytes, undefined);
    if (socket.writableLength === 0) {
      for (const taken of takers) taken();
    } else {
      connection.takers = takers;
      socket.write(NOTHING, connection.taken);
    }
  }
}

function give(socket: Socket, pieces: readonly Uint8Array[], bytes: number, taken: (() => void) | undefined): void {
  const [first] = pieces;
  if (first !== undefined && first.length === bytes) {
    socket.write(first, taken);
  } else if (bytes <= COPIED_BYTES) {
    socket.write(Buffer.concat(pieces, bytes), taken);
  } else {
    socket.cork();
    const last = pieces.length - 1;
    for (let at = 0; at <= last; at++) socket.write(pieces[at]!, at === last ? taken : undefined);
    socket.uncork();
  }
}

function flush(writer: ConnectionWriter): void {
  writer.run();
}
