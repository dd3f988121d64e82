import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { data, open, reset, settings, started, widen } from "../testing/http2-frames.ts";
import { PREFACE, TestPeer } from "../testing/http2-peer.ts";
import { ADS_HEADERS, frame, headerBlock } from "../testing/raw-http2.ts";
import { FLAG, FRAME } from "./frame.ts";
import { createHeadCache } from "./head-cache.ts";

describe("what comes", () => {
  test("in pieces of any size is read the same", () => {
    const block_ = headerBlock(ADS_HEADERS);
    const frames = [
      PREFACE,
      settings([3, 7]),
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
    const sensible = fc.constantFrom(open(1), open(3), data(1, "x"), reset(1), widen(1, 9), settings([4, 0]));
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
      peer.receive(Buffer.concat([PREFACE, settings(), ask(1, remembering)]));
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
