import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { afterEach, describe, expect, test } from "vitest";
import { connectRawHttp2, FLAG, FRAME, frame } from "../../testing/raw-http2.ts";
import { DEFAULT_XDS_LIMITS, type XdsLimits } from "../limits.ts";
import { frameOf } from "./frame.ts";
import { createGrpcListener } from "./grpc-listener.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A server that answers each message with itself. */
async function serve(limits: Partial<XdsLimits>): Promise<number> {
  const listener = createGrpcListener({
    tls: undefined,
    limits: { ...DEFAULT_XDS_LIMITS, ...limits },
    route: () => (call) =>
      call.listen(
        { message: (bytes) => call.write(frameOf(bytes), () => {}), halfClosed: () => {}, cancelled: () => {} },
        1_000,
      ),
  });
  cleanups.push(() => listener.stop(0));
  return listener.bind("127.0.0.1", 0);
}

/** One that answers pings. */
function polite(port: number): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  cleanups.push(() => session.destroy());
  return session;
}

async function conversation(session: ClientHttp2Session) {
  const stream = session.request({ ":method": "POST", ":path": "/echo", "content-type": "application/grpc" });
  stream.on("error", () => {});
  stream.write(frameOf(Buffer.from("x")));
  await once(stream, "data");
  return stream;
}

describe("keepalive", () => {
  test("a peer that does not answer pings is cut; one that does stays", async () => {
    const gone = await connectRawHttp2(await serve({ keepaliveMs: 20, keepaliveTimeoutMs: 100 }));
    cleanups.push(() => gone.socket.destroy());
    await gone.closed;
    const there = polite(await serve({ keepaliveMs: 20, keepaliveTimeoutMs: 60_000 }));
    const stream = await conversation(there);
    // The next one is sent when that before was answered.
    for (let round = 0; round < 3; round++) await once(there, "ping");
    stream.write(frameOf(Buffer.from("y")));
    await once(stream, "data");
    expect(there.destroyed).toBe(false);
  });

  test("the answer to another ping is none", async () => {
    const port = await serve({ keepaliveMs: 20, keepaliveTimeoutMs: 500 });
    const raw = await connectRawHttp2(port);
    cleanups.push(() => raw.socket.destroy());
    const answer = () => raw.write(frame(FRAME.ping, FLAG.ack, 0, Buffer.from("another.")));
    while (await answer()) await new Promise((resolve) => setImmediate(resolve));
    await raw.closed;
  });
});

describe("age", () => {
  // Long enough for a stream to begin where this process is held up: a connection without one goes at once.
  test("an old connection is asked to go, and goes when its streams are over", async () => {
    const port = await serve({ maxConnectionAgeMs: 500, maxConnectionAgeGraceMs: 60_000 });
    const session = polite(port);
    const asked = once(session, "goaway");
    const stream = await conversation(session);
    const [, last] = await asked;
    expect(last).toBe(2 ** 31 - 1);
    stream.destroy();
    await once(session, "close");
  });

  test("and is cut after the grace", async () => {
    const port = await serve({ maxConnectionAgeMs: 500, maxConnectionAgeGraceMs: 500 });
    const stream = await conversation(polite(port));
    await once(stream, "close");
  });
});

test("a peer that reads nothing, and is wrong, is cut in time", async () => {
  const port = await serve({ keepaliveTimeoutMs: 40 });
  const raw = await connectRawHttp2(port);
  cleanups.push(() => raw.socket.destroy());
  raw.socket.pause();
  const pings = Buffer.concat(Array.from({ length: 4_000 }, () => frame(FRAME.ping, 0, 0, Buffer.alloc(8))));
  // Until its own writes fail: it is not told otherwise while it does not read.
  while (await raw.write(pings));
});
