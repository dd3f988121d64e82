import { EventEmitter, once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { benchNode } from "../../packages/sdk/src/bench/bench-node.ts";
import { CHANGES, changeAddress, eachChange } from "../../packages/sdk/src/bench/change-address.ts";
import { type BenchDialect, eachResource } from "../../packages/sdk/src/bench/discovery-wire.ts";
import { FRAME, frame } from "../../packages/sdk/src/bench/http2-frame.ts";
import { ENDPOINTS } from "../../packages/sdk/src/bench/preflight.ts";
import { createSwarm } from "../../packages/sdk/src/bench/swarm.ts";
import { frameOf } from "../../packages/xds/src/server/http2/frame.ts";
import type { Server } from "./server.ts";

/** What this project's server sends, in files, so that the others serve the very same. */
export interface Recording {
  /** Load assignments, each behind its length in 4 bytes. */
  readonly resources: string;
  /** For the floor: HTTP/2 frames as they go over the wire. */
  readonly hello: string;
  readonly first: string;
  readonly change: string;
  /** Where the address stands in `change`. */
  readonly offset: number;
}

/** A number that no measured change has. */
const RECORDED = CHANGES - 1;

/** Connects one stream, and has one service changed that keeps its new address. */
export async function record(
  server: Server,
  options: { readonly names: readonly string[]; readonly dialect: BenchDialect; readonly directory: string },
): Promise<Recording> {
  const { names, dialect, directory } = options;
  const arrived = new EventEmitter();
  const initial: Buffer[] = [];
  let changed: Buffer | undefined;
  const listen = (streamDialect: BenchDialect, keep: (message: Buffer) => void) =>
    createSwarm({
      target: { host: "127.0.0.1", port: server.port },
      streams: 1,
      dialect: streamDialect,
      subscriptions: [{ typeUrl: ENDPOINTS, names }],
      node: (stream) => benchNode(stream, "bench"),
      received: (_stream, message) => keep(Buffer.from(message)),
    });
  const bodies = new Map<string, Buffer>();
  const reader = listen("delta", (message) => {
    eachResource(message, ({ name, body }) => bodies.set(name, Buffer.from(body)));
  });
  await reader.connect();
  reader.disconnect();

  const swarm = listen(dialect, (message) => {
    initial.push(message);
    eachChange(message, () => {
      changed = message;
      arrived.emit("change");
    });
  });
  await swarm.connect();
  const first = initial.splice(0);
  const way = server.ways[0];
  if (way === undefined) throw new Error(`${server.name} cannot be changed`);
  const wait = once(arrived, "change", { signal: AbortSignal.timeout(30_000) });
  await way.change(way.services.from, changeAddress(RECORDED));
  await wait;
  swarm.disconnect();

  const change = dataFrames(changed ?? Buffer.alloc(0));
  // `:status: 200` and `content-type: application/grpc`, as HPACK writes them without a table.
  const type = Buffer.from("application/grpc");
  const headers = Buffer.concat([Buffer.from([0x88, 0x0f, 0x10, type.length]), type]);
  const file = async (name: string, bytes: Buffer) => {
    const path = join(directory, name);
    await writeFile(path, bytes);
    return path;
  };
  return {
    resources: await file("resources.bin", Buffer.concat(names.flatMap((name) => withLength(bodies.get(name), name)))),
    hello: await file("hello.bin", frame(FRAME.settings, 0, 0, Buffer.alloc(0))),
    first: await file("first.bin", Buffer.concat([frame(FRAME.headers, 4, 1, headers), ...first.map(dataFrames)])),
    change: await file("change.bin", change),
    offset: change.indexOf(changeAddress(RECORDED)),
  };
}

function withLength(body: Buffer | undefined, name: string): Buffer[] {
  if (body === undefined) throw new Error(`there is no load assignment "${name}"`);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return [length, body];
}

/** A message with its gRPC prefix, in frames of at most 16 KiB. */
function dataFrames(message: Buffer): Buffer {
  const bytes = frameOf(message);
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 16_384)
    frames.push(frame(FRAME.data, 0, 1, bytes.subarray(at, at + 16_384)));
  return Buffer.concat(frames);
}
