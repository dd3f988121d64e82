import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { createSnapshotStore } from "../snapshot/create-snapshot-store.ts";
import { viewId } from "../snapshot/ids.ts";
import { connectRaw } from "../testing/raw-client.ts";
import { ADS_HEADERS, connectRawHttp2, FLAG, FRAME, frame, headerBlock, type RawHttp2 } from "../testing/raw-http2.ts";
import { resourceOf } from "../testing/resources.ts";
import { createXdsServer } from "./create-xds-server.ts";
import { frameOf } from "./http2/frame.ts";

const view = viewId("v");
const MB = 1024 * 1024;
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve() {
  const store = createSnapshotStore();
  const server = createXdsServer({ store, assign: () => ({ view }), listen: [{ address: "127.0.0.1", port: 0 }] });
  await server.start();
  cleanups.push(() => server.stop(0));
  store.set(view, [resourceOf("CDS", "a", "1")]);
  const port = server.addresses[0]?.port ?? 0;
  const client = connectRaw(port);
  cleanups.push(() => client.close());
  const good = client.open("delta");
  good.send({ type: "CDS", node: "good" });
  good.ack(await good.next());
  let version = 1;
  /** Another stream of another connection is served meanwhile and afterwards. */
  const stillServes = async () => {
    version++;
    store.set(view, [resourceOf("CDS", "a", String(version))]);
    const response = await good.next();
    expect(response.resources).toEqual([`a=${version}`]);
    good.ack(response);
  };
  return { store, server, port, stillServes };
}

async function abuser(port: number, settings?: Uint8Array): Promise<RawHttp2> {
  const raw = await connectRawHttp2(port, settings);
  cleanups.push(() => raw.socket.destroy());
  return raw;
}

/** Writes chunk after chunk until the peer ends it or the chunks do. */
async function flood(raw: RawHttp2, chunks: number, chunk: (at: number) => readonly Uint8Array[]): Promise<void> {
  for (let at = 0; at < chunks; at++) if (!(await raw.write(...chunk(at)))) return;
}

const openStream = (id: number) => frame(FRAME.headers, FLAG.endHeaders, id, headerBlock(ADS_HEADERS));

describe("F-18 what is wrong in HTTP/2 concerns the connection that says it", () => {
  test("rapid reset: streams that are opened and reset at once end the connection", async () => {
    const { port, stillServes, server } = await serve();
    const raw = await abuser(port);
    let id = 1;
    await flood(raw, 200, () =>
      Array.from({ length: 100 }, () => {
        const stream = id;
        id += 2;
        return Buffer.concat([openStream(stream), frame(FRAME.reset, 0, stream, Buffer.from([0, 0, 0, 8]))]);
      }),
    );
    await raw.closed;
    await stillServes();
    expect(server.connections()).toHaveLength(1);
  });

  test("CONTINUATION without end: header blocks are bounded", async () => {
    const { port, stillServes } = await serve();
    const raw = await abuser(port);
    const before = process.memoryUsage().rss;
    await raw.write(frame(FRAME.headers, 0, 1, headerBlock(ADS_HEADERS)));
    const junk = headerBlock([["x", "y".repeat(16_000)]]);
    await flood(raw, 2_000, () => [frame(FRAME.continuation, 0, 1, junk)]);
    await raw.closed;
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * MB);
    await stillServes();
  });

  test("a bomb in HPACK: one entry of the table, named again and again", async () => {
    const { port, stillServes } = await serve();
    const raw = await abuser(port);
    const before = process.memoryUsage().rss;
    // A literal with indexing of 4,000 bytes (dynamic entry 62), then two thousand references of one byte to it.
    const value = Buffer.alloc(4_000, 0x61);
    const entry = Buffer.concat([
      Buffer.from([0x40, 1, 0x78, 127, ...[((4_000 - 127) % 128) | 128, Math.floor((4_000 - 127) / 128)]]),
      value,
    ]);
    for (let id = 1; id < 101; id += 2) {
      const block = Buffer.concat([headerBlock(ADS_HEADERS), entry, Buffer.alloc(2_000, 0x80 | 62)]);
      if (!(await raw.write(frame(FRAME.headers, FLAG.endHeaders, id, block)))) break;
    }
    await stillServes();
    expect(process.memoryUsage().rss - before).toBeLessThan(96 * MB);
  });

  test("floods of SETTINGS and PING are bounded, whose answers nobody reads", async () => {
    const { port, stillServes } = await serve();
    for (const each of [frame(FRAME.settings, 0, 0), frame(FRAME.ping, 0, 0, Buffer.alloc(8))]) {
      const raw = await abuser(port);
      raw.socket.pause();
      const before = process.memoryUsage().rss;
      const many = Buffer.concat(Array.from({ length: 1_000 }, () => each));
      // Unread answers fill the socket; then nothing here may grow.
      const flooded = flood(raw, 300, () => [many]);
      for (let round = 0; round < 20; round++) await stillServes();
      expect(process.memoryUsage().rss - before).toBeLessThan(96 * MB);
      raw.socket.destroy();
      await flooded;
    }
  });

  test("a window that overflows ends the connection", async () => {
    const { port, stillServes } = await serve();
    const raw = await abuser(port);
    const most = Buffer.from([0x7f, 0xff, 0xff, 0xff]);
    await raw.write(frame(FRAME.windowUpdate, 0, 0, most), frame(FRAME.windowUpdate, 0, 0, most));
    await raw.closed;
    await stillServes();
  });

  test("a window of zero stalls that stream alone, at the cost of one response", async () => {
    const { port, store, stillServes, server } = await serve();
    // SETTINGS_INITIAL_WINDOW_SIZE = 0
    const raw = await abuser(port, Buffer.from([0, 4, 0, 0, 0, 0]));
    const request = Buffer.from([0x0a, 0x03, 0x0a, 0x01, 0x7a]);
    const type = Buffer.from("type.googleapis.com/envoy.config.cluster.v3.Cluster");
    const message = Buffer.concat([request, Buffer.from([0x12, type.length]), type]);
    await raw.write(openStream(1), frame(FRAME.data, 0, 1, frameOf(message)));
    for (let round = 0; round < 20; round++) await stillServes();
    const stalled = server.connections().find(({ nodeId }) => nodeId === "z");
    expect(stalled?.types[0]?.pendingSinceMs).toBeDefined();
    expect(store.revision).toBeGreaterThan(20);
  });

  test("headers without a path, and a stream's number that is used again", async () => {
    const { port, stillServes } = await serve();
    const raw = await abuser(port);
    await raw.write(
      frame(FRAME.headers, FLAG.endHeaders, 1, headerBlock(ADS_HEADERS.filter(([name]) => name !== ":path"))),
    );
    await stillServes();
    const again = await abuser(port);
    await again.write(openStream(3), frame(FRAME.reset, 0, 3, Buffer.from([0, 0, 0, 8])), openStream(3), openStream(1));
    await stillServes();
  });

  test("HTTP/1 and noise on the port are cut off", async () => {
    const { port, stillServes } = await serve();
    for (const text of ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\u0016\u0003\u0001\u0002\u0000", "x".repeat(100)]) {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      socket.resume();
      socket.write(text);
      if (text.length > 20) await once(socket, "close");
      socket.destroy();
    }
    await stillServes();
  });
});
