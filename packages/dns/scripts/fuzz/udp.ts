import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { queryBytes } from "../../src/testing/query-bytes.ts";
import { isAnswerable } from "../../src/testing/storm.ts";
import type { Target } from "./child.ts";

/** What was found in a batch; nothing: all is well. */
export type Finding = { readonly what: string; readonly batch: readonly Uint8Array[] } | undefined;

export interface UdpStorm {
  send(batch: readonly Uint8Array[]): Promise<Finding>;
  /** Replies, and those that came without being asked for. */
  readonly replies: number;
  close(): void;
}

/** No answer for so long, and the batch was lost or the server is gone. */
const PATIENCE_MS = 5_000;

/**
 * Sends batches, each followed by a query whose answer says that the server has seen it all. `exact`: whatever deserves a reply has one,
 * by its id (a server that forwards may still be waiting).
 */
export async function openUdpStorm(target: Target, exact: boolean): Promise<UdpStorm> {
  const [asking, mute, fence] = await Promise.all([connected(target), connected(target), connected(target)]);
  let got: Buffer[] = [];
  let unasked: Buffer | undefined;
  let fenceId = 0;
  let fenced: (() => void) | undefined;
  let replies = 0;
  let sent = 0;
  asking.on("message", (message) => {
    replies++;
    got.push(message);
  });
  mute.on("message", (message) => {
    unasked = message;
  });
  fence.on("message", (message) => {
    if (message.readUInt16BE(0) === fenceId) fenced?.();
  });

  async function passed(): Promise<boolean> {
    fenceId = (fenceId + 1) & 0xffff;
    fence.send(queryBytes({ id: fenceId }));
    const seen = await new Promise<boolean>((resolve) => {
      const late = setTimeout(() => resolve(false), PATIENCE_MS);
      fenced = () => {
        clearTimeout(late);
        resolve(true);
      };
    });
    // The replies before the fence's are in our sockets already: two turns read them.
    for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
    return seen;
  }

  async function exchange(batch: readonly Uint8Array[]): Promise<string | undefined> {
    got = [];
    for (const message of batch) {
      const answerable = isAnswerable(message);
      if (answerable) sent++;
      (answerable ? asking : mute).send(message);
    }
    const seen = await passed();
    if (target.failures.length > 0) return target.failures[0];
    if (!seen) return "no answer any more";
    if (unasked !== undefined) return `an answer to what deserves none: ${unasked.toString("hex")}`;
    const long = got.find((reply) => reply.length > 1232);
    if (long !== undefined) return `an answer of ${long.length} bytes`;
    if (got.some((reply) => reply.length < 12 || (reply[2]! & 0x80) === 0)) return "an answer that is no response";
    if (replies > sent) return "more answers than questions";
    return exact ? differentIds(batch.filter(isAnswerable), got) : undefined;
  }

  return {
    get replies() {
      return replies;
    },
    async send(batch) {
      let what = await exchange(batch);
      // A packet may be lost between us, but not twice.
      if (what !== undefined && target.failures.length === 0 && unasked === undefined) what = await exchange(batch);
      return what === undefined ? undefined : { what, batch };
    },
    close() {
      for (const socket of [asking, mute, fence]) socket.close();
    },
  };
}

async function connected({ port }: Target): Promise<Socket> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 4 * 1024 * 1024 });
  socket.on("error", () => {});
  socket.connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

function differentIds(asked: readonly Uint8Array[], got: readonly Uint8Array[]): string | undefined {
  const open = new Map<number, number>();
  const id = (message: Uint8Array) => (message[0]! << 8) | message[1]!;
  for (const message of asked) open.set(id(message), (open.get(id(message)) ?? 0) + 1);
  for (const reply of got) {
    const left = open.get(id(reply)) ?? 0;
    if (left === 0) return `an answer that nobody asked for, or two for one: ${Buffer.from(reply).toString("hex")}`;
    open.set(id(reply), left - 1);
  }
  const missing = [...open.values()].reduce((sum, left) => sum + left, 0);
  return missing === 0 ? undefined : `${missing} of ${asked.length} questions have no answer`;
}
