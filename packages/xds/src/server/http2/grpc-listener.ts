import { once } from "node:events";
import {
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { SecureContextOptions } from "node:tls";
import { type Connection, connectionOf } from "./connection.ts";
import { type CareLimits, createConnectionCare } from "./connection-care.ts";
import { GrpcCall } from "./grpc-call.ts";

export interface GrpcLimits extends CareLimits {
  /** A message from a client. */
  readonly maxRequestBytes: number;
  /** On one connection. */
  readonly maxStreams: number;
  /** For the handshake of TLS. */
  readonly authenticationMs: number;
}

export interface GrpcListenerOptions {
  /** Mutual TLS: a client certificate is demanded. Absent: plaintext. */
  readonly tls: SecureContextOptions | undefined;
  readonly limits: GrpcLimits;
  /** What carries out the method of a path; undefined: there is none. */
  route(path: string): ((call: GrpcCall) => void) | undefined;
}

/** gRPC on one address, on Node's own HTTP/2. */
export interface GrpcListener {
  /** Gives the port. `reusePort`: others listen on it as well. Rejects with what `listen` says. */
  bind(address: string, port: number, reusePort?: boolean): Promise<number>;
  /** New handshakes use these. */
  setCertificates(tls: SecureContextOptions): void;
  /** Tells clients to go (GOAWAY), waits until they went, and cuts what is left after the grace. */
  stop(graceMs: number): Promise<void>;
}

const BACKLOG = 4096;
const CONTENT_TYPE = /^application\/grpc(\+proto)?(;|$)/;

export function createGrpcListener({ tls, limits, route }: GrpcListenerOptions): GrpcListener {
  const options: ServerOptions = {
    settings: { maxConcurrentStreams: limits.maxStreams, enablePush: false },
    // Bounded by what streams may hold: one response each, and what flow control lets in. Node's own limit, ten
    // megabytes, would refuse the next stream of a client whose first response is large.
    maxSessionMemory: Number.MAX_SAFE_INTEGER,
  };
  const secure =
    tls === undefined
      ? undefined
      : createSecureServer({
          ...options,
          ...tls,
          requestCert: true,
          rejectUnauthorized: true,
          handshakeTimeout: limits.authenticationMs,
        });
  const server = secure ?? createServer(options);
  const connections = new Map<ServerHttp2Session, Connection>();
  // Those in a handshake have no session.
  const sockets = new Set<Socket>();
  const care = createConnectionCare(limits);

  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("session", (session) => {
    connections.set(session, connectionOf(session));
    care.add(session);
    session.once("close", () => {
      connections.delete(session);
      care.remove(session);
    });
  });
  server.on("stream", (stream, headers) => {
    const session = stream.session as ServerHttp2Session | undefined;
    const connection = session && connections.get(session);
    if (connection === undefined) stream.close();
    else serve(stream, headers, connection);
  });
  // A connection that fails concerns its own streams, which are told.
  server.on("sessionError", () => {});

  function serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, connection: Connection): void {
    const call = new GrpcCall(stream, headers, connection);
    if (headers[":method"] !== "POST" || !CONTENT_TYPE.test(headers["content-type"] ?? "")) {
      stream.respond({ ":status": headers[":method"] === "POST" ? 415 : 405 }, { endStream: true });
      stream.resume();
      return;
    }
    const method = route(call.path);
    if (method === undefined) call.end("UNIMPLEMENTED", "there is no such method");
    else if (limitTime(call)) method(call);
  }

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
      for (const session of connections.keys()) session.close();
      const cut = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, graceMs);
      await closed;
      clearTimeout(cut);
      care.close();
    },
  };
}

const UNITS_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 0.001, n: 0.000_001 };

/** Ends a call at the deadline that its client gave; false: it ended at once. */
function limitTime(call: GrpcCall): boolean {
  const header = call.headers["grpc-timeout"];
  if (header === undefined) return true;
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(String(header)) ?? [];
  if (digits === undefined || unit === undefined) {
    call.end("INTERNAL", "grpc-timeout cannot be read");
    return false;
  }
  const ms = Number(digits) * (UNITS_MS[unit] ?? 0);
  if (ms < 2 ** 31) call.expire(ms);
  return true;
}
