/** What a queue needs of a connection. */
export interface ReadConnection {
  /** Bytes that came and were not looked at; undefined: none. */
  unread: Unread | undefined;
  take(chunk: Buffer): void;
  /** Its socket is closed. */
  closed(): void;
  /** No more bytes are to come, until they may. */
  hold(): void;
  release(): void;
}

interface Unread {
  readonly chunks: Buffer[];
  bytes: number;
  held: boolean;
  ended: boolean;
}

export interface ReadQueueOptions {
  readonly now: () => number;
  /** Calls it in the next turn of the event loop. */
  readonly nextTurn: (work: () => void) => void;
}

/** As long may reading and answering hold up everything else. */
const SLICE_MS = 20;
/** From then on a connection whose bytes wait is sent no more of them. */
const HELD_BYTES = 16 * 1024;

/**
 * Reads what connections sent: at once while there is time in a turn of the event loop, and what is left in the turns that
 * follow, connection by connection. The loop would otherwise read all that thousands of clients sent at the same time before
 * a timer or anybody else has a turn.
 */
export class ReadQueue {
  private readonly now: () => number;
  private readonly nextTurn: (work: () => void) => void;
  /** In the order in which they are read, those before `at` left out. */
  private waiting: ReadConnection[] = [];
  private at = 0;
  /** When this turn's time is over; undefined: nothing was read in it. */
  private untilMs: number | undefined;
  private readonly turn = (): void => this.run();

  constructor({ now, nextTurn }: ReadQueueOptions) {
    this.now = now;
    this.nextTurn = nextTurn;
  }

  read(connection: ReadConnection, chunk: Buffer): void {
    if (connection.unread === undefined && this.hasTime()) {
      connection.take(chunk);
      return;
    }
    const unread = this.wait(connection);
    unread.chunks.push(chunk);
    unread.bytes += chunk.length;
    if (unread.held || unread.bytes < HELD_BYTES) return;
    unread.held = true;
    connection.hold();
  }

  /** Its socket is closed: it is told behind what came before. */
  end(connection: ReadConnection): void {
    if (connection.unread === undefined && this.hasTime()) connection.closed();
    else this.wait(connection).ended = true;
  }

  private hasTime(): boolean {
    if (this.untilMs === undefined) this.begin();
    return this.at === this.waiting.length && this.now() < this.untilMs!;
  }

  private begin(): void {
    this.untilMs = this.now() + SLICE_MS;
    this.nextTurn(this.turn);
  }

  private wait(connection: ReadConnection): Unread {
    if (this.untilMs === undefined) this.begin();
    if (connection.unread === undefined) {
      connection.unread = { chunks: [], bytes: 0, held: false, ended: false };
      this.waiting.push(connection);
    }
    return connection.unread;
  }

  private run(): void {
    this.untilMs = undefined;
    if (this.at === this.waiting.length) return;
    this.begin();
    try {
      while (this.at < this.waiting.length && this.now() < this.untilMs!) this.serve(this.waiting[this.at++]!);
    } finally {
      if (this.at === this.waiting.length) this.waiting = [];
      else this.waiting = this.waiting.slice(this.at);
      this.at = 0;
    }
  }

  /** One piece, and then it is another connection's turn. */
  private serve(connection: ReadConnection): void {
    const unread = connection.unread!;
    const chunk = unread.chunks.shift();
    if (unread.chunks.length > 0 || (chunk !== undefined && unread.ended)) this.waiting.push(connection);
    else connection.unread = undefined;
    if (chunk === undefined) {
      connection.closed();
      return;
    }
    unread.bytes -= chunk.length;
    if (unread.held && unread.bytes < HELD_BYTES) {
      unread.held = false;
      connection.release();
    }
    connection.take(chunk);
  }
}
