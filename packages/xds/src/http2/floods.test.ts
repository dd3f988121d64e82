import { describe, expect, test } from "vitest";
import { data, open, reset, settings, widen } from "../testing/http2-frames.ts";
import { PREFACE, TestPeer } from "../testing/http2-peer.ts";
import { frame, headerBlock } from "../testing/raw-http2.ts";
import { FLAG, FRAME } from "./frame.ts";
import { createHeadCache } from "./head-cache.ts";

describe("F-18 what costs a client nothing is bounded", () => {
  const limits = {
    resets: { atOnce: 5, perSecond: 10 },
    idleFrames: { atOnce: 5, perSecond: 10 },
    maxControlBytes: 1000,
  };
  function flood(bytes: (turn: number) => Uint8Array, options: { turns: number; read?: boolean; perSecond?: number }) {
    let nowMs = 0;
    const peer = new TestPeer(limits, createHeadCache(), () => nowMs);
    peer.receive(Buffer.concat([PREFACE, settings(), open(1)]));
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
    ["SETTINGS", () => settings()],
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
    peer.receive(Buffer.concat([PREFACE, settings(), open(1)]));
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
