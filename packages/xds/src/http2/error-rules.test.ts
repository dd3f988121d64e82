import { describe, expect, test } from "vitest";
import { data, open, type RawFields, reset, settings, widen } from "../testing/http2-frames.ts";
import { PREFACE, TestPeer } from "../testing/http2-peer.ts";
import { ADS_HEADERS, frame, headerBlock } from "../testing/raw-http2.ts";
import { FLAG, FRAME } from "./frame.ts";

const { endStream, endHeaders, ack, padded, priority } = FLAG;
const without = (name: string) => ADS_HEADERS.filter(([each]) => each !== name);
const prioritise = (id: number, bytes = 5) => frame(FRAME.priority, 0, id, Buffer.alloc(bytes));
const most = 2 ** 31 - 1;

/** What it says to those frames, behind a good start. */
function answers(frames: readonly Uint8Array[]): string[] {
  const peer = new TestPeer({ maxStreams: 2 });
  peer.receive(Buffer.concat([PREFACE, settings()]));
  peer.says();
  peer.receive(Buffer.concat(frames));
  const said = peer.says();
  // A connection that is over reads and says nothing.
  if (peer.over) {
    peer.receive(Buffer.concat([open(99), frame(FRAME.ping, 0, 0, Buffer.alloc(8))]));
    expect(peer.says()).toEqual([]);
  }
  return said;
}

describe("a connection that says it is ended (RFC 9113, section 5.4.1)", () => {
  test.each<[rule: string, frames: Uint8Array[], last: number, code: string]>([
    [
      "4.2 a frame that is longer than was allowed",
      [frame(FRAME.ping, 0, 0, Buffer.alloc(16_385))],
      0,
      "frameSizeError",
    ],
    ["4.2 DATA that is longer than was allowed", [open(1), data(1, "x".repeat(16_385))], 1, "frameSizeError"],
    [
      "4.3 a block that cannot be read",
      [frame(FRAME.headers, endHeaders, 1, Buffer.from([0x80]))],
      0,
      "compressionError",
    ],
    ["5.1 DATA of a stream that was not begun", [data(1, "x")], 0, "protocolError"],
    ["5.1 RST_STREAM of a stream that was not begun", [reset(1)], 0, "protocolError"],
    ["5.1 WINDOW_UPDATE of a stream that was not begun", [widen(1, 1)], 0, "protocolError"],
    ["5.1 HEADERS of a stream that is over", [open(1), reset(1), open(1)], 1, "streamClosed"],
    ["5.1.1 a number that a server has", [open(2)], 0, "protocolError"],
    ["5.1.1 a number below the last", [open(5), open(3)], 5, "streamClosed"],
    ["5.1.1 HEADERS of stream 0", [open(0)], 0, "protocolError"],
    ["6.1 DATA of stream 0", [data(0, "x")], 0, "protocolError"],
    ["6.1 more padding than payload", [open(1), frame(FRAME.data, padded, 1, Buffer.from([2, 0]))], 1, "protocolError"],
    ["6.1 a length of padding that is not there", [open(1), frame(FRAME.data, padded, 1)], 1, "frameSizeError"],
    [
      "6.2 more padding than payload",
      [frame(FRAME.headers, endHeaders | padded, 1, Buffer.from([9, 0x82]))],
      0,
      "protocolError",
    ],
    [
      "6.2 a priority that is not there",
      [frame(FRAME.headers, endHeaders | priority, 1, Buffer.from([0]))],
      0,
      "frameSizeError",
    ],
    [
      "6.2 HEADERS without CONTINUATION",
      [frame(FRAME.headers, 0, 1, headerBlock(ADS_HEADERS)), open(3)],
      0,
      "protocolError",
    ],
    ["6.3 PRIORITY of stream 0", [prioritise(0)], 0, "protocolError"],
    ["6.4 RST_STREAM of stream 0", [reset(0)], 0, "protocolError"],
    ["6.4 RST_STREAM of another length", [open(1), frame(FRAME.reset, 0, 1, Buffer.alloc(3))], 1, "frameSizeError"],
    ["6.5 SETTINGS of a stream", [frame(FRAME.settings, 0, 1)], 0, "protocolError"],
    [
      "6.5 SETTINGS that acknowledge and say more",
      [frame(FRAME.settings, ack, 0, Buffer.alloc(6))],
      0,
      "frameSizeError",
    ],
    ["6.5 SETTINGS that are cut off", [frame(FRAME.settings, 0, 0, Buffer.alloc(5))], 0, "frameSizeError"],
    ["6.5.2 ENABLE_PUSH of 2", [settings([2, 2])], 0, "protocolError"],
    ["6.5.2 INITIAL_WINDOW_SIZE of 2^31", [settings([4, 2 ** 31])], 0, "flowControlError"],
    ["6.5.2 MAX_FRAME_SIZE of 16,383", [settings([5, 16_383])], 0, "protocolError"],
    ["6.5.2 MAX_FRAME_SIZE of 2^24", [settings([5, 2 ** 24])], 0, "protocolError"],
    ["6.6 PUSH_PROMISE of a client", [frame(FRAME.pushPromise, endHeaders, 1, Buffer.alloc(4))], 0, "protocolError"],
    ["6.7 PING of a stream", [frame(FRAME.ping, 0, 1, Buffer.alloc(8))], 0, "protocolError"],
    ["6.7 PING of another length", [frame(FRAME.ping, 0, 0, Buffer.alloc(7))], 0, "frameSizeError"],
    ["6.8 GOAWAY of a stream", [frame(FRAME.goAway, 0, 1, Buffer.alloc(8))], 0, "protocolError"],
    ["6.8 GOAWAY that is cut off", [frame(FRAME.goAway, 0, 0, Buffer.alloc(7))], 0, "frameSizeError"],
    ["6.9 WINDOW_UPDATE of another length", [frame(FRAME.windowUpdate, 0, 0, Buffer.alloc(3))], 0, "frameSizeError"],
    ["6.9 the connection's window grows by nothing", [widen(0, 0)], 0, "protocolError"],
    ["6.9.1 the connection's window overflows", [widen(0, most)], 0, "flowControlError"],
    [
      "6.9.2 a stream's window overflows by a setting",
      [open(1), widen(1, most - 65_535), settings([4, 65_536])],
      1,
      "flowControlError",
    ],
    ["6.10 CONTINUATION of nothing", [frame(FRAME.continuation, endHeaders, 1)], 0, "protocolError"],
    [
      "6.10 CONTINUATION behind a block that is whole",
      [open(1), frame(FRAME.continuation, endHeaders, 1)],
      1,
      "protocolError",
    ],
    [
      "6.10 CONTINUATION of another stream",
      [frame(FRAME.headers, 0, 1), frame(FRAME.continuation, endHeaders, 3)],
      0,
      "protocolError",
    ],
  ])("%s", (_rule, frames, last, code) => {
    expect(answers(frames).at(-1)).toBe(`GOAWAY ${last} ${code}`);
  });
});

describe("a stream that says it is ended, and no other (section 5.4.2)", () => {
  const announcing = (length: string): RawFields => [...ADS_HEADERS, ["content-length", length]];
  const twice: RawFields = [[":path", "/a"], ...ADS_HEADERS];
  const late: RawFields = [...without(":path"), [":path", "/a"]];
  test.each<[rule: string, frames: Uint8Array[], answers: string[]]>([
    [
      "5.1 DATA behind the end of a stream",
      [open(1, endStream, ADS_HEADERS), data(1, "x")],
      ["RST_STREAM 1 streamClosed"],
    ],
    [
      "5.1 HEADERS behind the end of a stream",
      [open(1, endStream, ADS_HEADERS), open(1)],
      ["RST_STREAM 1 streamClosed"],
    ],
    ["5.1 DATA of a stream that the client reset", [open(1), reset(1), data(1, "x")], ["RST_STREAM 1 streamClosed"]],
    ["5.1.2 one stream too many", [open(1), open(3), open(5), data(5, "x")], ["RST_STREAM 5 refusedStream"]],
    ["6.3 PRIORITY of another length", [open(1), prioritise(1, 4)], ["RST_STREAM 1 frameSizeError"]],
    ["6.9 a stream's window grows by nothing", [open(1), widen(1, 0)], ["RST_STREAM 1 protocolError"]],
    ["6.9.1 a stream's window overflows", [open(1), widen(1, most)], ["RST_STREAM 1 flowControlError"]],
    ["8.1 trailers that do not end the stream", [open(1), open(1, 0, [["a", "b"]])], ["RST_STREAM 1 protocolError"]],
    [
      "8.1 a pseudo-header field in trailers",
      [open(1), open(1, endStream, [[":path", "/"]])],
      ["RST_STREAM 1 protocolError"],
    ],
    [
      "8.1.1 more content than was announced",
      [open(1, 0, announcing("2")), data(1, "abc")],
      ["RST_STREAM 1 protocolError"],
    ],
    [
      "8.1.1 less content than was announced",
      [open(1, 0, announcing("2")), data(1, "a", endStream)],
      ["RST_STREAM 1 protocolError"],
    ],
    [
      "8.1.1 less content, and trailers",
      [open(1, 0, announcing("2")), open(1, endStream, [["a", "b"]])],
      ["RST_STREAM 1 protocolError"],
    ],
    [
      "8.1.1 none of the content that was announced",
      [open(1, endStream, announcing("2"))],
      ["RST_STREAM 1 protocolError"],
    ],
    ["8.1.1 a length that is no number", [open(1, 0, announcing("2, 2"))], ["RST_STREAM 1 protocolError"]],
    ["8.2.1 a name with a capital", [open(1, 0, [...ADS_HEADERS, ["Aa", "b"]])], ["RST_STREAM 1 protocolError"]],
    ["8.2.1 a name with a space", [open(1, 0, [...ADS_HEADERS, ["a b", "b"]])], ["RST_STREAM 1 protocolError"]],
    ["8.2.1 a name without a letter", [open(1, 0, [...ADS_HEADERS, ["", "b"]])], ["RST_STREAM 1 protocolError"]],
    [
      "8.2.1 a value with a line break",
      [open(1, 0, [...ADS_HEADERS, ["a", "b\r\nc: d"]])],
      ["RST_STREAM 1 protocolError"],
    ],
    ["8.2.1 a value with a NUL", [open(1, 0, [...ADS_HEADERS, ["a", "b\0"]])], ["RST_STREAM 1 protocolError"]],
    ["8.2.1 a value with space around it", [open(1, 0, [...ADS_HEADERS, ["a", " b"]])], ["RST_STREAM 1 protocolError"]],
    ["8.2.2 connection", [open(1, 0, [...ADS_HEADERS, ["connection", "close"]])], ["RST_STREAM 1 protocolError"]],
    [
      "8.2.2 transfer-encoding",
      [open(1, 0, [...ADS_HEADERS, ["transfer-encoding", "chunked"]])],
      ["RST_STREAM 1 protocolError"],
    ],
    ["8.2.2 te that is not trailers", [open(1, 0, [...without("te"), ["te", "gzip"]])], ["RST_STREAM 1 protocolError"]],
    [
      "8.3 a pseudo-header field of a response",
      [open(1, 0, [[":status", "200"], ...ADS_HEADERS])],
      ["RST_STREAM 1 protocolError"],
    ],
    ["8.3 one that does not exist", [open(1, 0, [[":protocol", "x"], ...ADS_HEADERS])], ["RST_STREAM 1 protocolError"]],
    ["8.3 one twice", [open(1, 0, twice)], ["RST_STREAM 1 protocolError"]],
    ["8.3 one behind a regular field", [open(1, 0, late)], ["RST_STREAM 1 protocolError"]],
    ["8.3.1 no :method", [open(1, 0, without(":method"))], ["RST_STREAM 1 protocolError"]],
    ["8.3.1 no :scheme", [open(1, 0, without(":scheme"))], ["RST_STREAM 1 protocolError"]],
    ["8.3.1 no :path", [open(1, 0, without(":path"))], ["RST_STREAM 1 protocolError"]],
    ["8.3.1 an empty :path", [open(1, 0, [[":path", ""], ...without(":path")])], ["RST_STREAM 1 protocolError"]],
    [
      "8.5 CONNECT with a path",
      [open(1, 0, [[":method", "CONNECT"], ...without(":method")])],
      ["RST_STREAM 1 protocolError"],
    ],
    [
      "10.5.1 more headers than are read",
      [open(1, 0, [...ADS_HEADERS, ["a", "b".repeat(16_000)]])],
      ["RST_STREAM 1 enhanceYourCalm"],
    ],
  ])("%s", (_rule, frames, said) => {
    const ping = frame(FRAME.ping, 0, 0, Buffer.alloc(8));
    expect(answers([...frames, ping])).toEqual([...said, "PING ack 0000000000000000"]);
  });
});

describe("what is allowed, though it looks odd", () => {
  test.each<[rule: string, frames: Uint8Array[]]>([
    ["4.1 a type of frames that nobody knows", [frame(0xbe, 0xff, 7, Buffer.from("x"))]],
    ["4.1 flags that nobody knows", [open(1, 0xc2, ADS_HEADERS)]],
    ["5.1 WINDOW_UPDATE of a stream that is over", [open(1), reset(1), widen(1, 1), widen(1, 0)]],
    ["5.1 RST_STREAM of a stream that is over", [open(1), reset(1), reset(1)]],
    ["5.1 numbers are left out", [open(1), open(9)]],
    ["5.3.2 PRIORITY at any time", [prioritise(1), open(1), prioritise(1), reset(1), prioritise(1)]],
    [
      "6.2 HEADERS with padding and priority",
      [
        frame(
          FRAME.headers,
          endHeaders | padded | priority,
          1,
          Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0]), headerBlock(ADS_HEADERS), Buffer.alloc(2)]),
        ),
      ],
    ],
    ["6.5.2 a setting that nobody knows", [open(1)]],
    ["6.8 a client that goes", [frame(FRAME.goAway, 0, 0, Buffer.alloc(8))]],
    ["8.1 trailers", [open(1), open(1, endStream, [["a", "b"]])]],
    [
      "8.1.1 content as it was announced",
      [open(1, 0, [...ADS_HEADERS, ["content-length", "3"]]), data(1, "ab"), data(1, "c", endStream)],
    ],
    ["8.2.2 te: trailers", [open(1)]],
  ])("%s", (_rule, frames) => {
    expect(answers(frames)).toEqual([]);
  });

  test("6.5 settings, known and unknown, are acknowledged", () => {
    expect(answers([settings([3, 0], [4, 0], [5, 2 ** 24 - 1], [6, 1], [0x55, 2 ** 32 - 1])])).toEqual([
      "SETTINGS ack",
    ]);
  });

  test("6.7 a ping is answered with its own payload", () => {
    expect(answers([frame(FRAME.ping, 0, 0, Buffer.from("abcdefgh"))])).toEqual(["PING ack 6162636465666768"]);
  });
});

describe("3.4 the preface", () => {
  const started = (bytes: Uint8Array) => {
    const peer = new TestPeer();
    peer.receive(bytes);
    return { said: peer.says(), over: peer.over };
  };
  test("is answered with SETTINGS, and nothing is said before it", () => {
    expect(started(PREFACE.subarray(0, 23))).toEqual({ said: [], over: false });
    expect(started(PREFACE)).toEqual({ said: ["SETTINGS", "WINDOW_UPDATE 0 983041"], over: false });
  });
  test.each(["GET / HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\rx", "\u0016\u0003\u0001"])(
    "%j is none",
    (text) => {
      expect(started(Buffer.from(text))).toEqual({ said: [], over: true });
    },
  );
  test.each([
    ["a ping", frame(FRAME.ping, 0, 0, Buffer.alloc(8))],
    ["an acknowledgement", frame(FRAME.settings, ack, 0)],
    ["HEADERS", open(1)],
  ])("is followed by SETTINGS, and not by %s", (_what, bytes) => {
    expect(started(Buffer.concat([PREFACE, bytes])).said.at(-1)).toBe("GOAWAY 0 protocolError");
  });
});
