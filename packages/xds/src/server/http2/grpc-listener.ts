import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createSecureServer, type SecureContextOptions, type Server as SecureServer } from "node:tls";
import { createHeadCache } from "../../http2/head-cache.ts";
import { DEFAULT_HTTP2_LIMITS } from "../../http2/limits.ts";
import type { HeaderMap } from "../../http2/request-fields.ts";
import type { Http2Stream } from "../../http2/stream.ts";
import type { CallConnection } from "./connection.ts";
import { type CareLimits, createConnectionCare } from "./connection-care.ts";
import { ConnectionWriter } from "./connection-writer.ts";
import { limitTime } from "./deadline.ts";
import { GrpcCall } from "./grpc-call.ts";
import { ReadQueue } from "./read-queue.ts";
import { SocketConnection, type SocketSurroundings } from "./socket-connection.ts";

export interface GrpcLimits extends CareLimits {
  /** A message from a client. */
  readonly maxRequestBytes: number;
  /** On one connection. */
  readonly maxStreams: number;
  /** Of all but messages, before the first message of a connection was read. */
  readonly preAuthenticationBytes: number;
}

export interface GrpcListenerOptions {
  /** Mutual TLS: a client certificate is demanded. Absent: plaintext. */
  readonly tls: SecureContextOptions | undefined;
  readonly limits: GrpcLimits;
  /** What carries out the method of a path; undefined: there is none. */
  route(path: string): ((call: GrpcCall) => void) | undefined;
}

/** gRPC on one address. */
export interface GrpcListener {
  /** Gives the port. `reusePort`: others listen on it as well. Rejects with what `listen` says. */
  bind(address: string, port: number, reusePort?: boolean): Promise<number>;
  /** New handshakes use these. */
  setCertificates(tls: SecureContextOptions): void;
  /** Tells clients to go (GOAWAY), waits until they went, and cuts what is left after the grace. */
  stop(graceMs: number): Promise<void>;
}

const BACKLOG = 4096;
const PROTOCOL = "h2";
const CONTENT_TYPE = /^application\/grpc(\+proto)?(;|$)/;

export function createGrpcListener({ tls, limits, route }: GrpcListenerOptions): GrpcListener {
  const care = createConnectionCare(limits);
  // What lies under TLS: in a handshake there is no connection yet.
  const handshakes = new Set<Socket>();
  const surroundings: SocketSurroundings = {
    limits: { ...DEFAULT_HTTP2_LIMITS, maxStreams: limits.maxStreams },
    heads: createHeadCache(),
    allocate: Buffer.allocUnsafe,
    now: () => performance.now(),
    preAuthenticationBytes: limits.preAuthenticationBytes,
    maxRequestBytes: limits.maxRequestBytes,
    reads: new ReadQueue({ now: () => performance.now(), nextTurn: setImmediate }),
    writer: new ConnectionWriter(),
    serve,
  };

  function accept(socket: Socket): SocketConnection | undefined {
    // Its handshake was under way when the others were told to go.
    if (!server.listening) {
      socket.destroy();
      return undefined;
    }
    const connection = new SocketConnection(socket, surroundings);
    care.add(connection);
    (socket as Accepted)[CONNECTION] = connection;
    socket.on("data", onData);
    socket.on("error", onError);
    socket.on("close", onClose);
    return connection;
  }

  function onClose(this: Socket): void {
    const connection = connectionOf(this);
    care.remove(connection);
    surroundings.reads.end(connection);
  }

  function onHandshakeClose(this: Socket): void {
    handshakes.delete(this);
  }

  function serve(stream: Http2Stream, headers: HeaderMap, connection: CallConnection): void {
    const call = new GrpcCall(stream, headers, connection);
    const isPost = headers[":method"] === "POST";
    if (!isPost || !CONTENT_TYPE.test(headers["content-type"] ?? "")) {
      call.refuse(isPost ? 415 : 405);
      return;
    }
    const method = route(call.path);
    if (method === undefined) call.end("UNIMPLEMENTED", "there is no such method");
    else if (limitTime(call)) method(call);
  }

  const secure = tls && secureServer(tls, limits.authenticationMs);
  secure?.on("connection", (socket: Socket) => {
    handshakes.add(socket);
    socket.on("close", onHandshakeClose);
  });
  // Without a listener, one whose time is up would stay.
  secure?.on("tlsClientError", (_error, socket) => socket.destroy());
  secure?.on("secureConnection", (socket) => {
    if (socket.alpnProtocol !== PROTOCOL) socket.destroy();
    // A client of TLS 1.3 learns only by what comes that its certificate was taken.
    else accept(socket)?.greet();
  });
  const server: Server = secure ?? createServer({ noDelay: true }, accept);
  // That one connection could not be accepted concerns no other.
  server.on("error", () => {});

  return {
    async bind(address, port, reusePort = false) {
      server.listen({ host: address, port, backlog: BACKLOG, reusePort });
      // Rejects with the event `error`.
      await once(server, "listening");
      return (server.address() as AddressInfo).port;
    },
    setCertificates(next) {
      secure?.setSecureContext(next);
    },
    async stop(graceMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      care.dismiss();
      const cut = setTimeout(() => {
        care.cut();
        for (const socket of handshakes) socket.destroy();
      }, graceMs);
      await closed;
      clearTimeout(cut);
    },
  };
}

function secureServer(tls: SecureContextOptions, handshakeTimeout: number): SecureServer {
  return createSecureServer({
    ...tls,
    ALPNProtocols: [PROTOCOL],
    requestCert: true,
    rejectUnauthorized: true,
    handshakeTimeout,
    noDelay: true,
  });
}

const CONNECTION = Symbol("connection");
type Accepted = Socket & { [CONNECTION]: SocketConnection };

function connectionOf(socket: Socket): SocketConnection {
  return (socket as Accepted)[CONNECTION];
}

function onData(this: Socket, chunk: Buffer): void {
  const connection = connectionOf(this);
  connection.shared.reads.read(connection, chunk);
}

/** The reason why it is closed, which follows. */
function onError(): void {}
