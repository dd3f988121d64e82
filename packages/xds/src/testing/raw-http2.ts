import { once } from "node:events";
import { connect, type Socket } from "node:net";

export const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, windowUpdate: 8, continuation: 9 } as const;
export const FLAG = { endStream: 1, ack: 1, endHeaders: 4 } as const;

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** A frame of RFC 9113, section 4.1. */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** HPACK (RFC 7541): literals without indexing and without Huffman. */
export function headerBlock(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([name, value]) => [Buffer.from([0]), literal(Buffer.from(name)), literal(Buffer.from(value))]),
  );
}

function literal(bytes: Buffer): Buffer {
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128);
  length.push(rest);
  return Buffer.concat([Buffer.from(length), bytes]);
}

export const ADS_HEADERS: readonly (readonly [string, string])[] = [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources"],
  [":authority", "localhost"],
  ["content-type", "application/grpc"],
  ["te", "trailers"],
];

/** A client of HTTP/2 that says whatever it likes, and reads nothing of what comes but that it ends. */
export interface RawHttp2 {
  readonly socket: Socket;
  /** Gives false where the connection is over; waits until the socket took it. */
  write(...frames: readonly Uint8Array[]): Promise<boolean>;
  readonly closed: Promise<unknown>;
}

export async function connectRawHttp2(port: number, settings: Uint8Array = new Uint8Array()): Promise<RawHttp2> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  const closed = once(socket, "close").catch(() => {});
  await once(socket, "connect");
  socket.resume();
  const write = (...frames: readonly Uint8Array[]): Promise<boolean> => {
    const bytes = Buffer.concat(frames);
    if (socket.destroyed) return Promise.resolve(false);
    const done = new Promise<boolean>((resolve) => socket.write(bytes, (error) => resolve(!error)));
    return Promise.race([done, closed.then(() => false)]);
  };
  await write(Buffer.from(PREFACE), frame(FRAME.settings, 0, 0, settings));
  return { socket, write, closed };
}
