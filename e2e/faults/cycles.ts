import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { benchNode } from "../../packages/sdk/src/bench/bench-node.ts";
import { createRequestWriter } from "../../packages/sdk/src/bench/discovery-wire.ts";
import { ENDPOINTS } from "../../packages/sdk/src/bench/preflight.ts";
import { frameOf } from "../../packages/xds/src/server/http2/frame.ts";
import {
  ADS_HEADERS,
  connectRawHttp2,
  FLAG,
  FRAME,
  frame,
  headerBlock,
} from "../../packages/xds/src/testing/raw-http2.ts";
import { until } from "../testing/until.ts";
import { type LibraryFigures, type LibraryProcess, startLibrary } from "./library-process.ts";
import { createVerdict, type FaultSize, type Verdict } from "./verdict.ts";

const MB = 2 ** 20;
const AT_ONCE = 10;

const opening = frame(FRAME.headers, FLAG.endHeaders, 1, headerBlock(ADS_HEADERS));
const subscription = createRequestWriter("delta", { typeUrl: ENDPOINTS, names: ["a"] }).first(benchNode(1, "bench"));
const request = frame(FRAME.data, 0, 1, frameOf(subscription));
const halfClose = frame(FRAME.data, FLAG.endStream, 1);
const cancel = frame(FRAME.reset, 0, 1, Buffer.from([0, 0, 0, 8]));

/** An ADS stream that was answered; then it ends in some way. */
async function streamed(port: number, then: (socket: Socket) => void): Promise<void> {
  const { socket, write, closed } = await connectRawHttp2(port);
  let received = 0;
  const answered = new Promise<void>((resolve) => {
    // The preface and the answer: settings come first, which are short.
    socket.on("data", (bytes: Buffer) => {
      received += bytes.length;
      if (received > 300) resolve();
    });
  });
  await write(opening, request);
  await Promise.race([answered, closed]);
  then(socket);
  await closed;
}

async function opened(port: number, then: (socket: Socket) => void): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {}).resume();
  const closed = once(socket, "close").catch(() => {});
  await once(socket, "connect");
  then(socket);
  await closed;
}

/** The first bytes of a ClientHello that never ends. */
const halfHello = Buffer.from([0x16, 3, 1, 0, 200, 1, 0, 0, 196]);

type Way = (server: LibraryProcess) => Promise<void>;

const WAYS: Readonly<Record<string, Way>> = {
  "half-closed": ({ plain }) =>
    streamed(plain, (socket) => {
      socket.write(halfClose);
      socket.end();
    }),
  cancelled: ({ plain }) =>
    streamed(plain, (socket) => {
      socket.write(cancel);
      socket.end();
    }),
  reset: ({ plain }) => streamed(plain, (socket) => void socket.resetAndDestroy()),
  dropped: ({ plain }) => streamed(plain, (socket) => void socket.destroy()),
  // It answers no ping: the server must find out by itself.
  silent: ({ plain }) => streamed(plain, () => {}),
  "cut within the TLS handshake": ({ secure }) =>
    opened(secure, (socket) => {
      socket.write(halfHello);
      socket.destroy();
    }),
  "refused by TLS": async ({ secure }) => {
    const socket = connectTls({ port: secure, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["h2"] });
    socket.on("error", () => {}).resume();
    await once(socket, "close").catch(() => {});
  },
};

/** F-17, P-08: connections and streams come and go in every way, and nothing of them stays. */
export async function cycles(size: FaultSize): Promise<Verdict> {
  const total = size === "full" ? 10_000 : 350;
  const verdict = createVerdict();
  await using server = await startLibrary({ keepaliveMs: 300, keepaliveTimeoutMs: 200 });
  server.publish(0, 1000);
  const ways = Object.entries(WAYS);
  const run = async (count: number) => {
    for (const [, way] of ways) {
      let left = Math.ceil(count / ways.length);
      const one = async () => {
        while (left-- > 0) await way(server);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, one));
    }
    await until("all streams are gone", async () => {
      const { connections, held } = await server.figures();
      return connections === 0 && held === 0;
    });
  };
  const isMore = (figures: LibraryFigures, like: LibraryFigures) =>
    figures.files > like.files ||
    Object.entries(figures.resources).some(([kind, count]) => count > (like.resources[kind] ?? 0));
  const idle = async (like?: LibraryFigures) => {
    let figures = await server.figures();
    // What closes itself may take another turn.
    for (let look = 0; like !== undefined && look < 50 && isMore(figures, like); look++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      figures = await server.figures();
    }
    return figures;
  };
  // What is compiled and cached at the first use is there now.
  await run(Math.min(1000, total / 2));
  const before = await idle();
  await run(total);
  const after = await idle(before);
  verdict.tell("cycles", ways.length * Math.ceil(total / ways.length));
  verdict.limit("open files more", after.files - before.files, 0);
  for (const kind of new Set([...Object.keys(before.resources), ...Object.keys(after.resources)])) {
    const more = (after.resources[kind] ?? 0) - (before.resources[kind] ?? 0);
    verdict.limit(`active ${kind} more`, more, 0);
  }
  const heap = (after.heapUsed - before.heapUsed) / MB;
  if (size === "full") verdict.limit("heap more, MB", heap, 2);
  else verdict.tell("heap more, MB", heap);
  verdict.limit("streams", after.connections, 0);
  verdict.limit("assignments that were not released", after.held, 0);
  return verdict.done();
}
