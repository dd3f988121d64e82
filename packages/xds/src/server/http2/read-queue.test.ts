import fc from "fast-check";
import { expect, test } from "vitest";
import { type ReadConnection, ReadQueue } from "./read-queue.ts";

/** An event loop whose clock moves by what is done in it. */
function createLoop() {
  let nowMs = 0;
  const next: (() => void)[] = [];
  let longestMs = 0;
  return {
    now: () => nowMs,
    nextTurn: (work: () => void) => void next.push(work),
    spend: (ms: number) => {
      nowMs += ms;
    },
    /** All of one turn: what it is given, behind what was put off before. */
    turn(work: () => void = () => {}) {
      const startMs = nowMs;
      for (const each of next.splice(0)) each();
      work();
      longestMs = Math.max(longestMs, nowMs - startMs);
    },
    get idle() {
      return next.length === 0;
    },
    get longestMs() {
      return longestMs;
    },
  };
}

class FakeConnection implements ReadConnection {
  unread: ReadConnection["unread"];
  held = false;
  readonly log: string[];
  private readonly name: string;
  private readonly read: () => void;

  constructor(name: string, log: string[], read: () => void) {
    this.name = name;
    this.log = log;
    this.read = read;
  }

  take(chunk: Buffer): void {
    this.read();
    this.log.push(`${this.name}${chunk.toString().trim()}`);
  }

  closed(): void {
    this.read();
    this.log.push(`${this.name} closed`);
  }

  hold(): void {
    this.held = true;
  }

  release(): void {
    this.held = false;
  }
}

function start(costMs: number) {
  const loop = createLoop();
  const log: string[] = [];
  const reads = new ReadQueue(loop);
  const connect = (name: string) => new FakeConnection(name, log, () => loop.spend(costMs));
  return { loop, log, reads, connect };
}

const bytes = (text: string, length = 0) => Buffer.from(text.padEnd(length));

test("what comes while there is time is read at once", () => {
  const { loop, log, reads, connect } = start(1);
  const [a, b] = [connect("a"), connect("b")];
  loop.turn(() => {
    reads.read(a, bytes("1"));
    reads.read(b, bytes("1"));
    reads.end(a);
    expect(log).toEqual(["a1", "b1", "a closed"]);
  });
  loop.turn();
  expect(loop.idle).toBe(true);
});

test("W5 5,000 that send at once hold up the loop for no more than a slice a turn, and all are read in their order", () => {
  const { loop, log, reads, connect } = start(0.5);
  const fleet = Array.from({ length: 5_000 }, (_, at) => connect(`${at} `));
  loop.turn(() => {
    for (const each of fleet) reads.read(each, bytes("1"));
  });
  expect(log.length).toBeLessThan(50);
  let turns = 0;
  for (; !loop.idle; turns++) loop.turn();
  expect(log).toEqual(fleet.map((_, at) => `${at} 1`));
  expect(loop.longestMs).toBeLessThanOrEqual(21);
  expect(turns).toBeGreaterThan(100);
});

test("one that sends much waits its turn behind those that send little, and is stopped meanwhile", () => {
  const { loop, log, reads, connect } = start(15);
  const [a, b, c] = [connect("a"), connect("b"), connect("c")];
  loop.turn(() => {
    for (const text of ["1", "2", "3", "4"]) reads.read(a, bytes(text, 10_000));
    expect([log, a.held]).toEqual([["a1", "a2"], true]);
    reads.read(b, bytes("1"));
    reads.read(c, bytes("1"));
    reads.read(a, bytes("5", 10_000));
    expect([a.held, b.held]).toEqual([true, false]);
  });
  loop.turn();
  expect([log.slice(2), a.held]).toEqual([["a3", "b1"], true]);
  loop.turn();
  expect([log.slice(4), a.held]).toEqual([["c1", "a4"], false]);
  loop.turn();
  expect(log.slice(6)).toEqual(["a5"]);
  expect(a.unread).toBeUndefined();
});

test("a connection that closed is told so behind what it had sent", () => {
  const { loop, log, reads, connect } = start(30);
  const [a, b] = [connect("a"), connect("b")];
  loop.turn(() => {
    reads.read(a, bytes("1"));
    reads.read(b, bytes("1"));
    reads.end(b);
    reads.end(a);
  });
  while (!loop.idle) loop.turn();
  expect(log).toEqual(["a1", "b1", "a closed", "b closed"]);
});

test("what a reader throws holds up nobody else", () => {
  const { loop, log, reads, connect } = start(30);
  const [a, b, c] = [connect("a"), connect("b"), connect("c")];
  b.take = () => {
    throw new Error("no");
  };
  loop.turn(() => {
    for (const each of [a, b, c]) reads.read(each, bytes("1"));
  });
  expect(() => loop.turn()).toThrow("no");
  while (!loop.idle) loop.turn();
  expect(log).toEqual(["a1", "c1"]);
});

test("whatever comes when, nothing is lost or told twice, and the order of each connection stays", () => {
  const happening = fc.record({
    at: fc.nat({ max: 4 }),
    what: fc.constantFrom("read", "read", "read", "end", "turn"),
    length: fc.constantFrom(1, 9_000, 40_000),
  });
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 60 }), fc.integer({ min: 1, max: 25 }), (happenings, costMs) => {
      const { loop, log, reads, connect } = start(costMs);
      const fleet = Array.from({ length: 5 }, (_, at) => connect(`${at}:`));
      const expected = fleet.map((): string[] => []);
      const ended = new Set<number>();
      for (const [number, { at, what, length }] of happenings.entries()) {
        const connection = fleet[at] as FakeConnection;
        if (what === "turn") loop.turn();
        else if (ended.has(at)) continue;
        else if (what === "end") {
          ended.add(at);
          expected[at]?.push(`${at}: closed`);
          reads.end(connection);
        } else if (!connection.held) {
          expected[at]?.push(`${at}:${number}`);
          reads.read(connection, bytes(String(number), length));
        }
      }
      while (!loop.idle) loop.turn();
      expect(fleet.map((_, at) => log.filter((line) => line.startsWith(`${at}:`)))).toEqual(expected);
      expect(fleet.every(({ held, unread }) => !held && unread === undefined)).toBe(true);
    }),
  );
});
