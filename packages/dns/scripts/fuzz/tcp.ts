import { connect, type Socket } from "node:net";
import { queryBytes } from "../../src/testing/query-bytes.ts";
import type { Seeded } from "../../src/testing/seeded.ts";
import { isAnswerable } from "../../src/testing/storm.ts";
import { createFrameReader } from "../../src/wire/frames.ts";
import type { Finding } from "./udp.ts";

export interface TcpTalk {
  readonly finding: Finding;
  /** The server closed it before it said anything: it has its limits. */
  readonly refused: boolean;
}

const TURNS = ["whole", "split", "dribble", "half", "reset", "announce", "raw", "deaf", "empty"] as const;

/** One connection: messages in frames, in the way of a client that is careless, slow, rude or mad. */
export async function talkTcp(
  port: number,
  messages: readonly Uint8Array[],
  seeded: Seeded,
  localAddress: string,
): Promise<TcpTalk> {
  const turn = seeded.pick(TURNS);
  const socket = connect({ port, host: "127.0.0.1", localAddress, noDelay: true });
  const reader = createFrameReader(65_535);
  const replies: Uint8Array[] = [];
  let oversize = false;
  socket.on("data", (chunk) => {
    const frames = reader.push(chunk);
    if (frames === "oversize") oversize = true;
    else replies.push(...frames);
  });
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.on("error", () => {});
  // What a server that keeps to its limits never lets happen: it would hang until the end of the run.
  const late = setTimeout(() => socket.destroy(new Error("late")), 15_000);
  await speak(socket, turn, messages, seeded);
  await closed;
  clearTimeout(late);
  // Bytes of chance may be questions as well.
  const asked = ["deaf", "raw", "announce"].includes(turn) ? undefined : messages.filter(isAnswerable).length;
  const what = oversize
    ? "a frame that is too long"
    : replies.some((reply) => reply.length < 12 || (reply[2]! & 0x80) === 0)
      ? "an answer that is no response"
      : asked !== undefined && replies.length > asked
        ? `${replies.length} answers to ${asked} questions`
        : undefined;
  const finding = what === undefined ? undefined : { what: `TCP, ${turn}: ${what}`, batch: messages };
  return { finding, refused: asked !== undefined && asked > 0 && replies.length === 0 };
}

async function speak(
  socket: Socket,
  turn: (typeof TURNS)[number],
  messages: readonly Uint8Array[],
  seeded: Seeded,
): Promise<void> {
  const stream = Buffer.concat(messages.map(framed));
  if (turn === "whole") socket.end(stream);
  else if (turn === "split") {
    const at = seeded.below(stream.length + 1);
    await written(socket, stream.subarray(0, at));
    socket.end(stream.subarray(at));
  } else if (turn === "dribble") {
    for (let at = 0; at < Math.min(stream.length, 200); at += 2) await written(socket, stream.subarray(at, at + 2));
    socket.end(stream.subarray(200));
  } else if (turn === "half") socket.end(stream.subarray(0, seeded.below(stream.length + 1)));
  else if (turn === "reset") {
    await written(socket, stream);
    socket.resetAndDestroy();
  } else if (turn === "announce") {
    // More, or less, than is there.
    const length = seeded.pick([0, 1, 11, 12, 16_384, 16_385, 65_535]);
    socket.end(Buffer.concat([stream, Buffer.of(length >> 8, length & 255), seeded.bytes(seeded.below(64))]));
  } else if (turn === "raw") socket.end(Buffer.from(seeded.bytes(1 + seeded.below(2_000))));
  else if (turn === "deaf") {
    socket.pause();
    const huge = framed(queryBytes({ name: "huge.shop.global" }));
    await written(socket, Buffer.concat(Array.from({ length: 100 }, () => huge)));
    socket.destroy();
  } else socket.end();
}

/** Resolves when the bytes have left, or the connection is gone. */
function written(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve();
    socket.once("close", () => resolve());
    socket.write(bytes, () => resolve());
    socket.setMaxListeners(0);
  });
}

function framed(message: Uint8Array): Buffer {
  return Buffer.from([message.length >> 8, message.length & 255, ...message]);
}
