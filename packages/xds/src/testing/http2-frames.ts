import { FLAG, FRAME } from "../http2/frame.ts";
import { encodeFields } from "../http2/hpack/encoder.ts";
import { PREFACE, TestPeer } from "./http2-peer.ts";
import { ADS_HEADERS, frame, headerBlock } from "./raw-http2.ts";

export type RawFields = readonly (readonly [string, string])[];

/** Frames as clients send them. */
export const settings = (...pairs: readonly (readonly [id: number, value: number])[]) =>
  frame(FRAME.settings, 0, 0, Buffer.concat(pairs.flatMap(([id, value]) => [Buffer.from([0, id]), u32(value)])));
export const open = (id: number, flags = 0, fields: RawFields = ADS_HEADERS) =>
  frame(FRAME.headers, FLAG.endHeaders | flags, id, headerBlock(fields));
export const data = (id: number, content: number | string, flags = 0) =>
  frame(FRAME.data, flags, id, typeof content === "string" ? Buffer.from(content) : Buffer.alloc(content, "x"));
export const widen = (id: number, by: number) => frame(FRAME.windowUpdate, 0, id, u32(by));
export const reset = (id: number) => frame(FRAME.reset, 0, id, u32(8));
/** The answer to a PING whose first byte that is. */
export const pong = (kind: number) => frame(FRAME.ping, FLAG.ack, 0, Buffer.alloc(8).fill(kind, 0, 1));

/** Header blocks as servers send them. */
export const block = (...fields: [string, string][]) => encodeFields(fields, Buffer.alloc);
export const STATUS = block([":status", "200"]);
export const END = block(["grpc-status", "0"]);

/** A connection that was begun, and has read these. */
export function started(...frames: Uint8Array[]): TestPeer {
  const peer = new TestPeer();
  peer.receive(Buffer.concat([PREFACE, settings(), ...frames]));
  peer.says();
  return peer;
}

function u32(value: number): Buffer {
  return Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]);
}
