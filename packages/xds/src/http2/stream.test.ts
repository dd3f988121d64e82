import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { block, data, END, open, reset, STATUS, settings, started, widen } from "../testing/http2-frames.ts";
import { PREFACE, TestPeer } from "../testing/http2-peer.ts";
import { FLAG } from "./frame.ts";

describe("what goes out", () => {
  test("all of a turn comes together: settings, headers, content and status", () => {
    const peer = new TestPeer();
    peer.receive(Buffer.concat([PREFACE, settings(), open(1, FLAG.endStream)]));
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
    const peer = started(settings([1, 100]), open(1), open(3));
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
    const peer = started(settings([4, 0]), open(1));
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
    const peer = started(settings([4, 2 ** 20]), open(1), open(3), open(5));
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
        const peer = started(settings([5, maxFrame]), open(1), open(3), open(5));
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
            peer.receive(settings([4, bytes]));
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
