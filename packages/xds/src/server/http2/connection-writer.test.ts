import type { Socket } from "node:net";
import { expect, test } from "vitest";
import type { Output } from "../../http2/output.ts";
import { ConnectionWriter, type WrittenConnection } from "./connection-writer.ts";

/** A socket that takes what it is given at once, or when it is told to. */
class FakeSocket {
  destroyed = false;
  writableLength = 0;
  stuck = false;
  ended = false;
  readonly writes: string[] = [];
  private corked: string[] | undefined;
  private readonly waiting: (() => void)[] = [];

  write(bytes: Buffer, taken?: () => void): void {
    if (this.corked === undefined) this.writes.push(bytes.toString());
    else this.corked.push(bytes.toString());
    if (this.stuck) this.writableLength += bytes.length;
    if (taken !== undefined) this.waiting.push(taken);
  }

  cork(): void {
    this.corked = [];
  }

  uncork(): void {
    this.writes.push((this.corked ?? []).join("|"));
    this.corked = undefined;
  }

  drain(): void {
    this.stuck = false;
    this.writableLength = 0;
    for (const taken of this.waiting.splice(0)) taken();
  }

  destroySoon(): void {
    this.ended = true;
  }
}

class FakeConnection implements WrittenConnection {
  readonly fake = new FakeSocket();
  readonly socket = this.fake as unknown as Socket;
  readonly secure: boolean;
  waiting = false;
  takers: readonly (() => void)[] | undefined;
  over = false;
  readonly told: string[] = [];
  readonly pieces: (string | Buffer)[] = [];
  private readonly writer: ConnectionWriter;

  constructor(writer: ConnectionWriter, secure = false) {
    this.writer = writer;
    this.secure = secure;
  }

  readonly taken = (): void => {
    const { takers } = this;
    this.takers = undefined;
    for (const each of takers ?? []) each();
    this.say();
  };

  say(...pieces: (string | Buffer)[]): void {
    this.pieces.push(...pieces);
    if (this.waiting) return;
    this.waiting = true;
    this.writer.add(this);
  }

  collect(into: Output): void {
    for (const piece of this.pieces.splice(0)) {
      into.add(Buffer.from(piece));
      into.taken.push(() => this.told.push(piece.toString()));
    }
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("all of a turn is one write, and who waits is told when the socket took it", async () => {
  const connection = new FakeConnection(new ConnectionWriter());
  connection.say("a");
  connection.say("b", "c");
  expect(connection.fake.writes).toEqual([]);
  await turn();
  expect(connection.fake.writes).toEqual(["abc"]);
  expect(connection.told).toEqual(["a", "b", "c"]);
});

test("what is large is not copied, and still one write", async () => {
  const connection = new FakeConnection(new ConnectionWriter());
  const large = Buffer.alloc(20_000, "x");
  connection.say("a", large);
  await turn();
  expect(connection.fake.writes).toEqual([`a|${large}`]);
});

test("a socket that is stuck is given nothing more, until it took what it has", async () => {
  const connection = new FakeConnection(new ConnectionWriter());
  connection.fake.stuck = true;
  connection.say("a");
  await turn();
  connection.say("b");
  await turn();
  expect(connection.fake.writes.join("")).toBe("a");
  expect(connection.told).toEqual([]);
  connection.fake.drain();
  await turn();
  expect(connection.fake.writes.join("")).toBe("ab");
  expect(connection.told).toEqual(["a", "b"]);
});

test("with TLS the socket says when it took it", async () => {
  const connection = new FakeConnection(new ConnectionWriter(), true);
  connection.say("a", Buffer.alloc(20_000, "x"));
  await turn();
  expect(connection.told).toEqual([]);
  connection.fake.drain();
  expect(connection.told).toHaveLength(2);
});

test("the last is written, then the socket is ended", async () => {
  const connection = new FakeConnection(new ConnectionWriter());
  connection.over = true;
  connection.say("bye");
  await turn();
  expect(connection.fake).toMatchObject({ writes: ["bye"], ended: true });
});

test("connections that are added while others are written are written in the same turn", async () => {
  const writer = new ConnectionWriter();
  const [one, two] = [new FakeConnection(writer), new FakeConnection(writer)];
  one.told.push = (...words: string[]) => {
    two.say(`behind ${words}`);
    return 0;
  };
  one.say("a");
  await turn();
  expect(two.fake.writes).toEqual(["behind a"]);
});

test("connections that always have more to say do not keep everything else from happening", async () => {
  const writer = new ConnectionWriter();
  const connection = new FakeConnection(writer);
  let heard = false;
  let turns = 0;
  connection.socket.write = ((_bytes: Buffer) => {
    turns++;
    if (!heard) connection.say("more");
    return true;
  }) as typeof connection.socket.write;
  setImmediate(() => {
    heard = true;
  });
  connection.say("first");
  while (!heard) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(turns).toBeGreaterThan(1);
});
