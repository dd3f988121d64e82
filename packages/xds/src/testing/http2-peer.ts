import { Http2Connection } from "../http2/connection.ts";
import { ERROR_CODE } from "../http2/error-code.ts";
import { createHeadCache } from "../http2/head-cache.ts";
import { HpackDecoder } from "../http2/hpack/decoder.ts";
import { DEFAULT_HTTP2_LIMITS, type Http2Limits } from "../http2/limits.ts";
import { Output } from "../http2/output.ts";
import type { HeaderMap } from "../http2/request-fields.ts";
import type { Http2Stream } from "../http2/stream.ts";

export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const NAMES = ["DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY"].concat([
  "WINDOW_UPDATE",
  "CONTINUATION",
]);
const CODES = new Map<number, string>(Object.entries(ERROR_CODE).map(([name, code]) => [code, name]));

/** A frame that the connection sent. */
export interface SentFrame {
  readonly type: string;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** A connection without a socket: what its streams are told, and what it says, can be read. */
export class TestPeer extends Http2Connection {
  /** `1 opened /path`, `1 data abc`, `1 half-closed`, `1 over`. Data that comes in several pieces is one event. */
  readonly events: string[] = [];
  readonly opened: Http2Stream[] = [];
  private wants = false;
  private readonly output = new Output(Buffer.alloc);
  private readonly decoder = new HpackDecoder();

  constructor(limits: Partial<Http2Limits> = {}, heads = createHeadCache(), now = () => 0) {
    super({ limits: { ...DEFAULT_HTTP2_LIMITS, maxStreams: 100, ...limits }, heads, allocate: Buffer.alloc, now });
  }

  override want(): void {
    this.wants = true;
  }

  override request(stream: Http2Stream, headers: HeaderMap): void {
    const { id } = stream;
    this.opened.push(stream);
    this.events.push(`${id} opened ${headers[":path"]}`);
    stream.reader = {
      read: (bytes) => {
        const last = this.events.at(-1);
        const text = Buffer.from(bytes).toString("latin1");
        if (last?.startsWith(`${id} data `)) this.events[this.events.length - 1] = last + text;
        else this.events.push(`${id} data ${text}`);
      },
      halfClosed: () => this.events.push(`${id} half-closed`),
      over: () => this.events.push(`${id} over`),
    };
  }

  /** All that it has to say by now, where it asked to be heard. */
  frames(): SentFrame[] {
    if (!this.wants) return [];
    this.wants = false;
    this.collect(this.output);
    const bytes = Buffer.concat(this.output.pieces);
    const { taken } = this.output;
    this.output.clear();
    for (const each of taken) each();
    const frames: SentFrame[] = [];
    for (let at = 0; at < bytes.length; ) {
      const payload = bytes.subarray(at + 9, at + 9 + bytes.readUIntBE(at, 3));
      const type = NAMES[bytes[at + 3]!] ?? "";
      frames.push({ type, flags: bytes[at + 4]!, stream: bytes.readUInt32BE(at + 5), payload });
      at += 9 + payload.length;
    }
    return frames;
  }

  /** The same, to be read aloud. */
  says(): string[] {
    return this.frames().map((frame) => this.describe(frame));
  }

  private describe({ type, flags, stream, payload }: SentFrame): string {
    const end = flags & 1 ? " end" : "";
    switch (type) {
      case "GOAWAY": {
        const last = payload.readUInt32BE(0);
        return `GOAWAY ${last === 2 ** 31 - 1 ? "all" : last} ${CODES.get(payload.readUInt32BE(4))}`;
      }
      case "RST_STREAM":
        return `RST_STREAM ${stream} ${CODES.get(payload.readUInt32BE(0))}`;
      case "WINDOW_UPDATE":
        return `WINDOW_UPDATE ${stream} ${payload.readUInt32BE(0)}`;
      case "SETTINGS":
        return flags & 1 ? "SETTINGS ack" : "SETTINGS";
      case "PING":
        return `PING${flags & 1 ? " ack" : ""} ${payload.toString("hex")}`;
      case "DATA":
        return `DATA ${stream} ${payload.length}${end}`;
      case "HEADERS": {
        const fields = flags & 4 ? this.decoder.decode(payload, 2 ** 20)?.fields : [];
        if (fields === undefined || fields === "too large") return `HEADERS ${stream} unreadable`;
        return `HEADERS ${stream} ${fields.map((field) => field.join("=")).join(" ")}${end}`;
      }
      default:
        return `${type} ${stream}`;
    }
  }
}
