import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PREFACE, TestPeer } from "../testing/http2-peer.ts";
import { ADS_HEADERS, frame, headerBlock } from "../testing/raw-http2.ts";
import { FLAG, FRAME } from "./frame.ts";
import { createHeadCache } from "./head-cache.ts";
import { encodeFields } from "./hpack/encoder.ts";

const u32 = (value: number) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]);
const setting = (id: number, value: number) =>
  frame(FRAME.settings, 0, 0, Buffer.concat([Buffer.from([0, id]), u32(value)]));
const open = (id: number, flags = 0) => frame(FRAME.headers, FLAG.endHeaders | flags, id, headerBlock(ADS_HEADERS));
const data = (id: number, bytes: number | string, flags = 0) =>
  frame(FRAME.data, flags, id, typeof bytes === "string" ? Buffer.from(bytes) : Buffer.alloc(bytes, "x"));
const widen = (id: number, by: number) => frame(FRAME.windowUpdate, 0, id, u32(by));
const reset = (id: number) => frame(FRAME.reset, 0, id, u32(8));
const pong = (kind: number) => frame(FRAME.ping, FLAG.ack, 0, Buffer.alloc(8).fill(kind, 0, 1));
const block = (...fields: [string, string][]) => encodeFields(fields, Buffer.alloc);
const STATUS = block([":status", "200"]);
const END = block(["grpc-status", "0"]);

function started(...frames: Uint8Array[]): TestPeer {
  const peer = new TestPeer();
  peer.receive(Buffer.concat([PREFACE, frame(FRAME.settings, 0, 0), ...frames]));
  peer.says();
  return peer;
}

describe("what comes", () => {
  test("in pieces of any size is read the same", () => {
    const block_ = headerBlock(ADS_HEADERS);
    const frames = [
      PREFACE,
      setting(3, 7),
      frame(FRAME.headers, 0, 1, block_.subarray(0, 30)),
      frame(FRAME.continuation, 0, 1, block_.subarray(30, 31)),
      frame(FRAME.continuation, FLAG.endHeaders, 1, block_.subarray(31)),
      data(1, "one"),
      frame(FRAME.data, FLAG.padded, 1, Buffer.from("\u0003two\0\0\0")),
      frame(FRAME.data, FLAG.padded, 1, Buffer.from([0])),
      open(3, FLAG.endStream),
      data(1, 16_384),
      frame(FRAME.ping, 0, 0, Buffer.from("12345678")),
      data(1, 0, FLAG.endStream),
    ];
    const bytes = Buffer.concat(frames);
    const whole = new TestPeer();
    whole.receive(bytes);
    const expected = { events: whole.events, says: whole.says() };
    expect(expected.events).toHaveLength(6);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }), (sizes) => {
        const peer = new TestPeer();
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length]!;
          peer.receive(bytes.subarray(at, at + size));
          at += size;
        }
        expect({ events: peer.events, says: peer.says() }).toEqual(expected);
      }),
    );
  });

  test("whatever comes, nothing is thrown", () => {
    const type = fc.integer({ min: 0, max: 10 });
    const payload = fc.uint8Array({ maxLength: 40 });
    const any = fc
      .tuple(type, fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 6 }), payload)
      .map(([kind, flags, stream, bytes]) => frame(kind, flags, stream, bytes));
    const sensible = fc.constantFrom(open(1), open(3), data(1, "x"), reset(1), widen(1, 9), setting(4, 0));
    fc.assert(
      fc.property(fc.array(fc.oneof(any, sensible)), (frames) => {
        const peer = started();
        for (const each of frames) {
          peer.receive(each);
          for (const stream of peer.opened) {
            if (!stream.over && frames.length % 2 === 0) stream.write(Buffer.alloc(10), undefined);
          }
          peer.frames();
        }
      }),
      { numRuns: 300 },
    );
  });

  test("is not read where the call is paused, and the client may send a window of it and no more", () => {
    const peer = started(open(1));
    const [stream] = peer.opened;
    stream!.pause();
    for (let at = 0; at < 4; at++) peer.receive(data(1, 16_383));
    expect(peer.events).toEqual([`1 opened ${ADS_HEADERS[2]![1]}`]);
    expect(peer.says()).toEqual([]);
    // Another stream is not held up by it.
    peer.receive(Buffer.concat([open(3), data(3, 16_384), data(3, 16_384)]));
    expect(peer.says()).toEqual(["WINDOW_UPDATE 3 32768"]);
    peer.receive(data(1, 3, FLAG.endStream));
    stream!.resume();
    expect(peer.events.filter((each) => each.startsWith("1 ")).map((each) => each.length)).toEqual([
      "1 opened ".length + ADS_HEADERS[2]![1].length,
      "1 data ".length + 65_535,
      "1 half-closed".length,
    ]);
    peer.receive(Buffer.concat([open(5), ...Array.from({ length: 4 }, () => data(5, 16_384))]));
    expect(peer.says()).toContain("WINDOW_UPDATE 5 32768");
  });

  test("beyond a stream's window ends the stream, beyond the connection's window the connection", () => {
    const peer = started(open(1));
    peer.opened[0]!.pause();
    peer.receive(Buffer.concat(Array.from({ length: 4 }, () => data(1, 16_384))));
    expect(peer.says()).toEqual(["RST_STREAM 1 flowControlError"]);
    expect(peer.events.at(-1)).toBe("1 over");
  });

  test("costs an update of the connection's window half a window at a time", () => {
    const peer = started(open(1));
    const said: string[] = [];
    for (let at = 0; at < 64; at++) {
      peer.receive(data(1, 16_384));
      said.push(...peer.says());
    }
    expect(said.filter((each) => each.startsWith("WINDOW_UPDATE 0 "))).toEqual(Array(2).fill("WINDOW_UPDATE 0 524288"));
    expect(said.filter((each) => each.startsWith("WINDOW_UPDATE 1 "))).toHaveLength(32);
  });

  test("padding counts against the windows and is given back", () => {
    const peer = started(open(1));
    const padding = frame(FRAME.data, FLAG.padded, 1, Buffer.concat([Buffer.from([255]), Buffer.alloc(255)]));
    const said: string[] = [];
    for (let at = 0; at < 200; at++) {
      peer.receive(padding);
      said.push(...peer.says());
    }
    expect(said).toEqual(["WINDOW_UPDATE 1 32768"]);
    expect(peer.events).toHaveLength(1);
  });
});

describe("first requests that are alike", () => {
  const fields = ADS_HEADERS.flatMap(([name, value]) => [
    Buffer.from([0x40, name.length]),
    Buffer.from(name),
    len(value),
  ]);
  function len(value: string): Buffer {
    return Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
  }
  const remembering = Buffer.concat(fields);
  test("are read once, and what the client remembers of them is its own", () => {
    const heads = createHeadCache();
    const ask = (id: number, bytes: Uint8Array) => frame(FRAME.headers, FLAG.endHeaders, id, bytes);
    const peers = [1, 2].map(() => new TestPeer({}, heads));
    const known: unknown[] = [];
    for (const peer of peers) {
      const { request } = peer;
      peer.request = (stream, headers) => {
        known.push(headers);
        request.call(peer, stream, headers);
      };
      peer.receive(Buffer.concat([PREFACE, frame(FRAME.settings, 0, 0), ask(1, remembering)]));
    }
    expect(known[0]).toBe(known[1]);
    const [one, two] = peers;
    // An entry more in the one is none in the other.
    one!.receive(ask(3, Buffer.from([0xc3, 0xc2, 0xc1, 0xc0, 0xbf, 0xbe, 0x40, 1, 0x61, 1, 0x62])));
    two!.receive(ask(3, Buffer.from([0xc3, 0xc2, 0xc1, 0xc0, 0xbf, 0xbe])));
    for (const peer of peers) {
      expect(peer.over).toBe(false);
      expect(peer.events).toHaveLength(2);
    }
    two!.receive(ask(5, Buffer.from([0xc4])));
    expect(two!.says().at(-1)).toBe("GOAWAY 3 compressionError");
  });
});

describe("what goes out", () => {
  test("all of a turn comes together: settings, headers, content and status", () => {
    const peer = new TestPeer();
    peer.receive(Buffer.concat([PREFACE, frame(FRAME.settings, 0, 0), open(1, FLAG.endStream)]));
    const [stream] = peer.opened;
    stream!.respond(STATUS, false);
    const taken: string[] = [];
    stream!.write(Buffer.from("content"), () => taken.push("content"));
    stream!.respond(END, true);
    expect(taken).toEqual([]);
    expect(peer.says()).toEqual([
      "SETTINGS",
      "WINDOW_UPDATE 0 983041",
      "SETTINGS ack",
      "HEADERS 1 :status=200",
      "DATA 1 7",
      "HEADERS 1 grpc-status=0 end",
    ]);
    expect(taken).toEqual(["content"]);
    expect(peer.events.at(-1)).toBe("1 over");
  });

  test("a response that ends before its request tells the client to stop, and what still comes is ignored", () => {
    const peer = started(open(1));
    peer.opened[0]!.respond(END, true);
    expect(peer.says()).toEqual(["HEADERS 1 grpc-status=0 end", "RST_STREAM 1 noError"]);
    peer.receive(Buffer.concat([data(1, "late"), open(1, FLAG.endStream), widen(1, 1), reset(1)]));
    expect(peer.says()).toEqual([]);
    expect(peer.over).toBe(false);
  });

  test("a client that asks for a smaller table is told that it has none, once", () => {
    const peer = started(setting(1, 100), open(1), open(3));
    for (const stream of peer.opened) stream.respond(STATUS, false);
    const [one, two] = peer.frames();
    expect(one?.payload).toEqual(Buffer.concat([Buffer.from([0x20]), STATUS]));
    expect(two?.payload).toEqual(Buffer.from(STATUS));
  });

  test("a header block that is longer than a frame may be is continued", () => {
    const peer = started(open(1));
    const long = block(["a", "b".repeat(40_000)]);
    peer.opened[0]!.respond(long, true);
    const frames = peer.frames();
    expect(frames.map(({ type, flags }) => `${type} ${flags}`).slice(0, 3)).toEqual([
      "HEADERS 1",
      "CONTINUATION 0",
      "CONTINUATION 4",
    ]);
    expect(Buffer.concat(frames.slice(0, 3).map(({ payload }) => payload))).toEqual(Buffer.from(long));
  });

  test("what waits when the stream ends is let go, and who waits for it is told", () => {
    const peer = started(setting(4, 0), open(1));
    let taken = 0;
    peer.opened[0]!.write(Buffer.alloc(10), () => taken++);
    expect(peer.says()).toEqual([]);
    peer.receive(reset(1));
    expect(taken).toBe(1);
    expect(peer.events.at(-1)).toBe("1 over");
    peer.receive(widen(1, 100));
    expect(peer.says()).toEqual([]);
  });

  test("streams that share a window take turns", () => {
    const peer = started(setting(4, 2 ** 20), open(1), open(3), open(5));
    for (const stream of peer.opened) stream.write(Buffer.alloc(200_000), undefined);
    const sent = new Map<number, number>();
    const count = () => {
      for (const { stream, payload } of peer.frames()) sent.set(stream, (sent.get(stream) ?? 0) + payload.length);
    };
    count();
    for (let at = 0; at < 5; at++) {
      peer.receive(widen(0, 10_000));
      count();
    }
    expect(sent.get(3)).toBe(20_000);
    expect(sent.get(5)).toBe(20_000);
  });

  test("no history of windows lets out more than they allow, and all comes in the end", () => {
    const size = fc.integer({ min: 0, max: 50_000 });
    const step = fc.oneof(
      fc.record({ kind: fc.constant("write" as const), stream: fc.nat(2), size }),
      fc.record({ kind: fc.constant("widen" as const), stream: fc.nat(2), size }),
      fc.record({ kind: fc.constant("widen all" as const), stream: fc.constant(0), size }),
      fc.record({ kind: fc.constant("initial" as const), stream: fc.constant(0), size }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 16_384, max: 40_000 }), (steps, maxFrame) => {
        const peer = started(setting(5, maxFrame), open(1), open(3), open(5));
        let initial = 65_535;
        let whole = 65_535;
        const windows = [initial, initial, initial];
        const written: Buffer[][] = [[], [], []];
        const arrived: Buffer[][] = [[], [], []];
        let pending = 0;
        let fill = 0;
        const arrive = () => {
          for (const { type, stream, payload } of peer.frames()) {
            if (type !== "DATA") continue;
            const at = (stream - 1) / 2;
            expect(payload.length).toBeLessThanOrEqual(maxFrame);
            windows[at]! -= payload.length;
            whole -= payload.length;
            expect(Math.min(windows[at]!, whole)).toBeGreaterThanOrEqual(0);
            arrived[at]!.push(payload);
          }
        };
        for (const { kind, stream, size: bytes } of steps) {
          if (kind === "write") {
            const body = Buffer.alloc(bytes, fill++);
            written[stream]!.push(body);
            pending++;
            peer.opened[stream]!.write(body, () => pending--);
          } else if (kind === "initial") {
            for (const at of windows.keys()) windows[at]! += bytes - initial;
            initial = bytes;
            peer.receive(setting(4, bytes));
          } else if (bytes > 0) {
            if (kind === "widen") windows[stream]! += bytes;
            else whole += bytes;
            peer.receive(widen(kind === "widen" ? stream * 2 + 1 : 0, bytes));
          }
          arrive();
        }
        whole += 2 ** 26;
        peer.receive(widen(0, 2 ** 26));
        arrive();
        for (const at of windows.keys()) {
          windows[at]! += 2 ** 26;
          peer.receive(widen(at * 2 + 1, 2 ** 26));
        }
        arrive();
        expect(peer.over).toBe(false);
        expect(pending).toBe(0);
        expect(arrived.map((parts) => Buffer.concat(parts))).toEqual(written.map((parts) => Buffer.concat(parts)));
      }),
      { numRuns: 60 },
    );
  });
});

describe("6.8 to go", () => {
  test("is said first for streams to come, then, when the client has read it, for good", () => {
    const peer = started(open(1));
    peer.goAway();
    peer.goAway();
    expect(peer.says()).toEqual(["GOAWAY all noError", "PING 0100000000000000"]);
    peer.receive(open(3));
    expect(peer.opened).toHaveLength(2);
    peer.receive(pong(1));
    expect(peer.says()).toEqual(["GOAWAY 3 noError"]);
    peer.receive(Buffer.concat([open(5), data(5, "x"), data(5, 0, FLAG.endStream)]));
    expect(peer.opened).toHaveLength(2);
    expect(peer.says()).toEqual([]);
    for (const stream of peer.opened) stream.respond(END, true);
    expect(peer.over).toBe(false);
    peer.says();
    expect(peer.over).toBe(true);
  });

  test("a connection without streams goes at once", () => {
    const peer = started();
    peer.goAway();
    peer.says();
    peer.receive(pong(1));
    expect(peer.says()).toEqual(["GOAWAY 0 noError"]);
    expect(peer.over).toBe(true);
  });

  test("one that has not said that it speaks HTTP/2 is told nothing", () => {
    const peer = new TestPeer();
    peer.goAway();
    expect({ said: peer.says(), over: peer.over }).toEqual({ said: [], over: true });
  });
});

test("a ping is under way until its own answer comes", () => {
  const peer = started();
  peer.ping();
  expect(peer.says()).toEqual(["PING 0000000000000000"]);
  peer.receive(pong(1));
  peer.receive(pong(7));
  expect(peer.pinged).toBe(true);
  peer.receive(pong(0));
  expect(peer.pinged).toBe(false);
});

describe("F-18 what costs a client nothing is bounded", () => {
  const limits = {
    resets: { atOnce: 5, perSecond: 10 },
    idleFrames: { atOnce: 5, perSecond: 10 },
    maxControlBytes: 1000,
  };
  function flood(bytes: (turn: number) => Uint8Array, options: { turns: number; read?: boolean; perSecond?: number }) {
    let nowMs = 0;
    const peer = new TestPeer(limits, createHeadCache(), () => nowMs);
    peer.receive(Buffer.concat([PREFACE, frame(FRAME.settings, 0, 0), open(1)]));
    peer.says();
    for (let turn = 0; turn < options.turns; turn++) {
      nowMs += options.perSecond === undefined ? 0 : 1000 / options.perSecond;
      peer.receive(bytes(turn));
      if (peer.over || options.read !== false) {
        const said = peer.says().at(-1);
        if (peer.over) return said;
      }
    }
    return "open";
  }
  const ping = frame(FRAME.ping, 0, 0, Buffer.alloc(8));
  const calm = expect.stringContaining("enhanceYourCalm");

  test.each<[string, (turn: number) => Uint8Array]>([
    ["streams that the client resets", (turn) => Buffer.concat([open(turn * 2 + 3), reset(turn * 2 + 3)])],
    ["streams that must be reset", (turn) => Buffer.concat([open(turn * 2 + 3), widen(turn * 2 + 3, 0)])],
    ["streams that are malformed", (turn) => frame(FRAME.headers, FLAG.endHeaders, turn * 2 + 3, headerBlock([]))],
    ["PING", () => ping],
    ["SETTINGS", () => frame(FRAME.settings, 0, 0)],
    ["PRIORITY", () => frame(FRAME.priority, 0, 1, Buffer.alloc(5))],
    ["empty DATA", () => data(1, 0)],
    ["WINDOW_UPDATE", () => widen(0, 1)],
    ["frames that nobody knows", () => frame(99, 0, 0)],
    ["GOAWAY", () => frame(FRAME.goAway, 0, 0, Buffer.alloc(8))],
  ])("%s: many at once end the connection, a few in a second do not", (_what, bytes) => {
    expect(flood(bytes, { turns: 20 })).toEqual(calm);
    expect(flood(bytes, { turns: 20, perSecond: 10 })).toBe("open");
  });

  test("a client that reads much content may widen windows as often", () => {
    const peer = new TestPeer(limits);
    peer.receive(Buffer.concat([PREFACE, frame(FRAME.settings, 0, 0), open(1)]));
    for (let turn = 0; turn < 200; turn++) {
      peer.opened[0]!.write(Buffer.alloc(100), undefined);
      peer.receive(Buffer.concat([widen(0, 100), widen(1, 100)]));
      peer.says();
    }
    expect(peer.over).toBe(false);
  });

  test("answers that nobody reads end the connection, however slowly they come to be", () => {
    expect(flood(() => ping, { turns: 200, read: false, perSecond: 1 })).toEqual(calm);
  });

  test("a header block without end", () => {
    const begin = frame(FRAME.headers, 0, 3, Buffer.alloc(0));
    const more = (bytes: number) => frame(FRAME.continuation, 0, 3, Buffer.alloc(bytes));
    for (const bytes of [0, 1, 4000])
      expect(flood((turn) => (turn === 0 ? begin : more(bytes)), { turns: 50 })).toEqual(calm);
  });
});
