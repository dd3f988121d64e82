import { describe, expect, test } from "vitest";
import { data, END, open, pong, started } from "../testing/http2-frames.ts";
import { TestPeer } from "../testing/http2-peer.ts";
import { FLAG } from "./frame.ts";

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
