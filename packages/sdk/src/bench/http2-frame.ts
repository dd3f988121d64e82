/** HTTP/2 frames (RFC 9113, section 6), as far as a client with one request on a connection needs them. */
export const FRAME = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const END_STREAM = 1;
export const ACK = 1;
const END_HEADERS = 4;
export const PADDED = 8;

export const FRAME_HEAD = 9;
export const MAX_FRAME = 16_384;
export const MAX_WINDOW = 2 ** 31 - 1;
export const INITIAL_WINDOW = 65_535;

/** `target` gets the head of a frame at `at`; the payload is the caller's. */
export function writeFrameHead(
  target: Buffer,
  at: number,
  length: number,
  type: number,
  flags: number,
  stream: number,
): void {
  target.writeUIntBE(length, at, 3);
  target[at + 3] = type;
  target[at + 4] = flags;
  target.writeUInt32BE(stream, at + 5);
}

export function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const target = Buffer.allocUnsafe(FRAME_HEAD + payload.length);
  writeFrameHead(target, 0, payload.length, type, flags, stream);
  target.set(payload, FRAME_HEAD);
  return target;
}

export function windowUpdate(stream: number, increment: number): Buffer {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32BE(increment);
  return frame(FRAME.windowUpdate, 0, stream, payload);
}

/** Preface and settings: no table for headers, no pushes, and a window so large that reading never holds up a server. */
export function connectionStart(): Buffer {
  const settings = Buffer.alloc(18);
  for (const [at, [id, value]] of [
    [1, 0],
    [2, 0],
    [4, MAX_WINDOW],
  ].entries() as Iterable<[number, [number, number]]>) {
    settings.writeUInt16BE(id, at * 6);
    settings.writeUInt32BE(value, at * 6 + 2);
  }
  return Buffer.concat([
    Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    frame(FRAME.settings, 0, 0, settings),
    windowUpdate(0, MAX_WINDOW - INITIAL_WINDOW),
  ]);
}

/** The headers of a gRPC request on stream 1, without compression (RFC 7541, section 6.2.2; indices of its appendix A). */
export function requestHeaders(request: {
  readonly scheme: "http" | "https";
  readonly authority: string;
  readonly path: string;
}): Buffer {
  const block = Buffer.concat([
    Buffer.from([0x83, request.scheme === "https" ? 0x87 : 0x86]),
    literal([0x04], request.path),
    literal([0x01], request.authority),
    literal([0x0f, 31 - 15], "application/grpc"),
    literal([0x00, 2, ...Buffer.from("te")], "trailers"),
    literal([0x0f, 58 - 15], "portolan-bench"),
  ]);
  return frame(FRAME.headers, END_HEADERS, 1, block);
}

function literal(name: readonly number[], value: string): Buffer {
  const text = Buffer.from(value);
  return Buffer.concat([Buffer.from([...name, ...prefixed(text.length)]), text]);
}

/** An integer with a prefix of 7 bits (RFC 7541, section 5.1). */
function prefixed(value: number): number[] {
  if (value < 127) return [value];
  const bytes = [127];
  let rest = value - 127;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}
