import { once } from "node:events";
import { connect as connectHttp2, constants } from "node:http2";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { createTestAuthority, serverCertificates } from "../../testing/certificates.ts";
import { ADS_HEADERS, connectRawHttp2, FLAG, FRAME, frame, headerBlock } from "../../testing/raw-http2.ts";
import { DEFAULT_XDS_LIMITS, type XdsLimits } from "../limits.ts";
import { secureContextOf } from "../mutual-tls.ts";
import { frameOf } from "./frame.ts";
import type { GrpcCall } from "./grpc-call.ts";
import { createGrpcListener } from "./grpc-listener.ts";

const authority = createTestAuthority();
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type Carry = (call: GrpcCall) => void;
/** Says back what it is told. */
const echo: Carry = (call) =>
  call.listen(
    {
      message: (bytes) => call.write(frameOf(bytes), () => {}),
      halfClosed: () => call.end("OK", ""),
      cancelled: () => {},
    },
    2 ** 24,
  );

async function serve(carry: Carry = echo, limits: Partial<XdsLimits> = {}, secure = false) {
  const listener = createGrpcListener({
    tls: secure ? secureContextOf(serverCertificates(authority)) : undefined,
    limits: { ...DEFAULT_XDS_LIMITS, ...limits },
    route: (path) => (path === "/none" ? undefined : carry),
  });
  const port = await listener.bind("127.0.0.1", 0);
  cleanups.push(() => listener.stop(0));
  return { listener, port };
}

function client(port: number) {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  cleanups.push(() => session.destroy());
  return session;
}

const GRPC = { ":method": "POST", ":path": "/echo", "content-type": "application/grpc", te: "trailers" };

/** One request with that content; gives what came back. */
async function ask(
  session: ReturnType<typeof client>,
  headers: Record<string, string | string[]>,
  content = Buffer.alloc(0),
) {
  const stream = session.request({ ...GRPC, ...headers }, { endStream: false });
  const parts: Buffer[] = [];
  let response: Record<string, unknown> = {};
  let trailers: Record<string, unknown> = {};
  stream.on("response", (each) => {
    response = each;
  });
  stream.on("trailers", (each) => {
    trailers = each;
  });
  stream.on("data", (each: Buffer) => parts.push(each));
  stream.end(content);
  await once(stream, "close");
  return { response, trailers: { ...response, ...trailers } as Record<string, unknown>, content: Buffer.concat(parts) };
}

describe("with a client of HTTP/2 that is not ours", () => {
  test("headers of any kind arrive as they were sent, whatever the client remembers of those before", async () => {
    const seen: Record<string, string>[] = [];
    const { port } = await serve((call) => {
      seen.push(call.headers);
      call.end("OK", "");
    });
    const session = client(port);
    const name = fc
      .string({ unit: fc.constantFrom(..."abcdefghij0123456789-_"), minLength: 1, maxLength: 12 })
      .map((text) => `x-${text}`);
    const visible = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).join("");
    const value = fc.string({ unit: fc.constantFrom(...visible), maxLength: 200 }).map((text) => text.trim());
    const headers = fc.dictionary(name, value, { maxKeys: 20, noNullPrototype: true });
    await fc.assert(
      fc.asyncProperty(fc.array(headers, { minLength: 1, maxLength: 5 }), async (requests) => {
        for (const each of requests) {
          expect((await ask(session, each)).trailers["grpc-status"]).toBe("0");
          expect(seen.pop()).toMatchObject(each);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("content of any size comes back, on many streams at once", async () => {
    const { port } = await serve();
    const session = client(port);
    const sizes = [0, 1, 16_379, 16_380, 70_000, 300_000, 1_000_000];
    const answers = await Promise.all(
      sizes.map((size) =>
        ask(session, {}, Buffer.concat([frameOf(Buffer.alloc(size, "a")), frameOf(Buffer.alloc(3, "b"))])),
      ),
    );
    for (const [at, { content, trailers, response }] of answers.entries()) {
      expect(content.length).toBe(sizes[at]! + 13);
      expect(content.subarray(-3).toString()).toBe("bbb");
      expect(response).toMatchObject({ ":status": 200, "content-type": "application/grpc" });
      expect(trailers["grpc-status"]).toBe("0");
    }
  });

  test("what is no gRPC is told so in HTTP", async () => {
    const { port } = await serve();
    const session = client(port);
    const statusOf = async (headers: Record<string, string>) => (await ask(session, headers)).response[":status"];
    expect(await statusOf({ "content-type": "text/plain" })).toBe(415);
    expect(await statusOf({ ":method": "GET" })).toBe(405);
    expect((await ask(session, { ":path": "/none" })).trailers["grpc-status"]).toBe("12");
  });

  test("a client that allows no table is served", async () => {
    const { port } = await serve();
    const session = connectHttp2(`http://127.0.0.1:${port}`, { settings: { headerTableSize: 0 } });
    cleanups.push(() => session.destroy());
    expect((await ask(session, {}, frameOf(Buffer.from("x")))).trailers["grpc-status"]).toBe("0");
  });

  test("to stop waits for what is under way, and is told to the client first", async () => {
    let call: GrpcCall | undefined;
    const { listener, port } = await serve((each) => {
      call = each;
      echo(each);
    });
    const session = client(port);
    const stream = session.request(GRPC);
    stream.write(frameOf(Buffer.from("x")));
    await once(stream, "data");
    const gone = once(session, "goaway");
    const stopped = listener.stop(10_000);
    expect(await gone).toEqual([constants.NGHTTP2_NO_ERROR, 2 ** 31 - 1, undefined]);
    const trailers = once(stream, "trailers");
    stream.resume();
    call?.end("UNAVAILABLE", "é %");
    expect((await trailers)[0]).toMatchObject({ "grpc-status": "14", "grpc-message": "%C3%A9%20%25" });
    await stopped;
  });
});

const open = (id: number) => frame(FRAME.headers, FLAG.endHeaders, id, headerBlock(ADS_HEADERS));
const data = (id: number, bytes: Uint8Array) => frame(FRAME.data, 0, id, bytes);

async function raw(port: number) {
  const connection = await connectRawHttp2(port);
  cleanups.push(() => connection.socket.destroy());
  return connection;
}

describe("F-18 before a first message was read", () => {
  // Nine bytes and a payload of 1,000, which no call is given.
  const junk = frame(99, 0, 0, Buffer.alloc(1_000));
  const many = (count: number) => Buffer.concat(Array.from({ length: count }, () => junk));

  test("64 KB of anything else end the connection; behind it they do not", async () => {
    const { port } = await serve();
    const stranger = await raw(port);
    await stranger.write(many(70));
    await stranger.closed;
    const known = await raw(port);
    const arrived = once(known.socket, "data");
    await known.write(open(1), data(1, frameOf(Buffer.from("x"))));
    await arrived;
    await known.write(many(200), data(1, frameOf(Buffer.from("still there"))));
    for (let text = ""; !text.includes("still there"); )
      text += (await once(known.socket, "data"))[0].toString("latin1");
  });

  test("a message may be as large as messages may be", async () => {
    let bytes = 0;
    const { port } = await serve((call) =>
      call.listen(
        {
          message: (message) => {
            bytes = message.length;
            call.end("OK", "");
          },
          halfClosed: () => {},
          cancelled: () => {},
        },
        4 * 2 ** 20,
      ),
    );
    const message = Buffer.alloc(4 * 2 ** 20, "x");
    expect((await ask(client(port), {}, frameOf(message))).trailers["grpc-status"]).toBe("0");
    expect(bytes).toBe(message.length);
  });

  test("messages that never end are bounded over all streams", async () => {
    const { port } = await serve(undefined, { maxRequestBytes: 100_000, preAuthenticationBytes: 10_000 });
    const stranger = await raw(port);
    const part = Buffer.concat([Buffer.from([0, 0, 0, 0xff, 0xff]), Buffer.alloc(10_000)]);
    for (let id = 1; id < 41; id += 2) if (!(await stranger.write(open(id), data(id, part)))) break;
    await stranger.closed;
  });

  test.each([
    ["says nothing", undefined],
    ["stops within the preface", "PRI * HTTP/2.0\r\n"],
  ])("a peer that %s is cut", async (_what, text) => {
    const { port } = await serve(undefined, { authenticationMs: 40 });
    const socket = connect(port, "127.0.0.1");
    if (text !== undefined) socket.write(text);
    await once(socket.resume(), "close");
  });

  test("a peer that asks nothing is told to go; one that asks and waits stays", async () => {
    const { port } = await serve(undefined, { authenticationMs: 2_000 });
    const busy = client(port);
    const stream = busy.request(GRPC);
    const idle = client(port);
    expect((await once(idle, "goaway"))[0]).toBe(constants.NGHTTP2_NO_ERROR);
    stream.write(frameOf(Buffer.from("x")));
    await once(stream, "data");
    expect(busy.closed).toBe(false);
  });
});

describe("S-29 TLS", () => {
  const { certificate, key } = authority.issue({ uris: ["spiffe://cluster.local/ns/a/sa/b"], usages: ["client"] });
  const options = {
    host: "127.0.0.1",
    ca: authority.certificate,
    cert: certificate,
    key,
    checkServerIdentity: () => undefined,
  };
  async function outcome(port: number, more: object): Promise<string> {
    const socket = connectTls({ ...options, port, ...more });
    cleanups.push(() => socket.destroy());
    socket.on("error", () => {});
    const over = new Promise<string>((resolve) => socket.on("close", () => resolve("cut")));
    // The client says nothing: a server that took its certificate shows it by beginning.
    return Promise.race([over, new Promise<string>((resolve) => socket.on("data", () => resolve("served")))]);
  }

  test("h2 must be agreed on", async () => {
    const { port } = await serve(echo, {}, true);
    expect(await outcome(port, { ALPNProtocols: ["h2"] })).toBe("served");
    expect(await outcome(port, { ALPNProtocols: ["http/1.1"] })).toBe("cut");
    expect(await outcome(port, {})).toBe("cut");
  });

  test("1.1 is too old", async () => {
    const { port } = await serve(echo, {}, true);
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" };
    expect(await outcome(port, { ALPNProtocols: ["h2"], ...old })).toBe("cut");
    expect(await outcome(port, { ALPNProtocols: ["h2"], maxVersion: "TLSv1.2" })).toBe("served");
  });

  test("is not negotiated again", async () => {
    const { port } = await serve(echo, { authenticationMs: 1_500, keepaliveTimeoutMs: 500 }, true);
    const socket = connectTls({ ...options, port, ALPNProtocols: ["h2"], maxVersion: "TLSv1.2" });
    cleanups.push(() => socket.destroy());
    socket.on("error", () => {});
    await once(socket.resume(), "secureConnect");
    const failure = await new Promise((resolve) => {
      socket.on("close", () => resolve("cut"));
      socket.renegotiate({}, resolve);
    });
    expect(failure).not.toBeNull();
  });

  test("content of any size comes back", async () => {
    const { port } = await serve(echo, {}, true);
    const session = connectHttp2(`https://127.0.0.1:${port}`, options);
    cleanups.push(() => session.destroy());
    for (const size of [1, 70_000, 1_000_000]) {
      const { content, trailers } = await ask(session, {}, frameOf(Buffer.alloc(size)));
      expect(content.length).toBe(size + 5);
      expect(trailers["grpc-status"]).toBe("0");
    }
  });

  test("who went before it was read is nobody's client", async () => {
    const certificates: (Buffer | undefined)[] = [];
    const { port } = await serve(
      (call) => {
        certificates.push(call.connection.certificate);
        // Longer than may be read at a time.
        for (const untilMs = performance.now() + 25; performance.now() < untilMs; );
      },
      {},
      true,
    );
    const sockets = Array.from({ length: 5 }, () => connectTls({ ...options, port, ALPNProtocols: ["h2"] }));
    for (const socket of sockets) cleanups.push(() => socket.destroy());
    await Promise.all(
      sockets.map((socket) =>
        once(
          socket.on("error", () => {}),
          "data",
        ),
      ),
    );
    const request = Buffer.concat([
      Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
      frame(FRAME.settings, 0, 0),
      frame(FRAME.headers, FLAG.endHeaders, 1, headerBlock(ADS_HEADERS)),
    ]);
    const [gone, ...staying] = sockets.reverse();
    for (const socket of staying) socket.write(request);
    gone?.end(request);
    await once(gone!, "close");
    while (certificates.length < staying.length) await new Promise((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(certificates.map((one) => one !== undefined)).toEqual(staying.map(() => true));
  });

  test("a handshake that is not finished is cut, in time and when it stops", async () => {
    const { port } = await serve(echo, { authenticationMs: 40 }, true);
    const socket = connect(port, "127.0.0.1");
    await once(socket.resume(), "close");
    const { listener, port: other } = await serve(echo, {}, true);
    const waiting = connect(other, "127.0.0.1");
    await once(waiting, "connect");
    const closed = once(waiting.resume(), "close");
    await listener.stop(0);
    await closed;
  });
});

test("two listeners may share a port, where that is asked of both", async () => {
  const options = { tls: undefined, limits: DEFAULT_XDS_LIMITS, route: () => echo };
  const [one, two, three] = [createGrpcListener(options), createGrpcListener(options), createGrpcListener(options)];
  for (const listener of [one, two]) cleanups.push(() => listener.stop(0));
  const port = await one.bind("127.0.0.1", 0, true);
  expect(await two.bind("127.0.0.1", port, true)).toBe(port);
  await expect(three.bind("127.0.0.1", port)).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("a call that is paused is given nothing until it is resumed, and then all, in order", async () => {
  const seen: string[] = [];
  let paused: GrpcCall | undefined;
  const { port } = await serve((call) =>
    call.listen(
      {
        message(bytes) {
          seen.push(bytes.toString());
          if (bytes.toString() === "stop") {
            call.pause();
            paused = call;
          }
        },
        halfClosed: () => call.end("OK", ""),
        cancelled: () => {},
      },
      1_000,
    ),
  );
  const session = client(port);
  const stopped = ask(session, {}, Buffer.concat(["a", "stop"].map((text) => frameOf(Buffer.from(text)))));
  while (paused === undefined) await new Promise((resolve) => setImmediate(resolve));
  expect((await ask(session, {}, frameOf(Buffer.from("other")))).trailers["grpc-status"]).toBe("0");
  paused.resume();
  expect((await stopped).trailers["grpc-status"]).toBe("0");
  expect(seen).toEqual(["a", "stop", "other"]);
});
