import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { openGrpcStream } from "./grpc-stream.ts";
import { FRAME, FRAME_HEAD, writeFrameHead } from "./http2-frame.ts";

const PAYLOAD = 16_384;
const FRAMES = 256;

/** DATA frames on stream 1, each a whole message. */
function dataFrames(): Buffer {
  const frames = Buffer.alloc(FRAMES * (FRAME_HEAD + PAYLOAD));
  for (let at = 0; at < frames.length; at += FRAME_HEAD + PAYLOAD) {
    writeFrameHead(frames, at, PAYLOAD, FRAME.data, 0, 1);
    frames.writeUInt32BE(PAYLOAD - 5, at + FRAME_HEAD + 1);
  }
  return frames;
}

test("a client gives back as much of its windows as was sent to it, and not a byte more", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  let messages = 0;
  const client = openGrpcStream({ host: "127.0.0.1", port: (server.address() as AddressInfo).port }, "/bench", {
    message: () => messages++,
    end: () => {},
  });
  const [socket] = await once(server, "connection");
  // It ends without a goodbye.
  socket.on("error", () => {});
  const given: { stream: number; bytes: number }[] = [];
  const { promise: returned, resolve } = Promise.withResolvers<void>();
  let sent = 0;
  let early = true;
  socket.on("data", (bytes: Buffer) => {
    // What it says first, its windows and a request, comes before anything was sent.
    if (early) return;
    for (let at = 0; at < bytes.length; at += FRAME_HEAD + bytes.readUIntBE(at, 3)) {
      if (bytes[at + 3] !== FRAME.windowUpdate) continue;
      given.push({ stream: bytes.readUInt32BE(at + 5), bytes: bytes.readUInt32BE(at + FRAME_HEAD) });
    }
    if (given.length === 2) resolve();
  });
  await once(socket, "data");
  early = false;
  const frames = dataFrames();
  while (given.length === 0 && sent < 2 ** 31 - 1 - FRAMES * PAYLOAD) {
    sent += FRAMES * PAYLOAD;
    if (!socket.write(frames)) await once(socket, "drain");
  }
  await returned;
  client.destroy();
  server.close();
  expect(given).toEqual([
    { stream: 0, bytes: 2 ** 30 },
    { stream: 1, bytes: 2 ** 30 },
  ]);
  expect(messages * PAYLOAD).toBeGreaterThanOrEqual(2 ** 30);
});
