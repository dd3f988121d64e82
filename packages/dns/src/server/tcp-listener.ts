import { createServer, type Server } from "node:net";
import type { Answerer } from "./answerer.ts";
import { report } from "./channels.ts";
import type { ListenAddress } from "./listen-address.ts";
import { listenError } from "./listen-error.ts";
import { serveConnection, type TcpConnection, type TcpLimits } from "./tcp-connection.ts";

export interface TcpListener {
  readonly port: number;
  readonly connections: number;
  /** Closed at once, since too many were open. */
  readonly refused: number;
  close(): Promise<void>;
}

export interface TcpOptions {
  readonly listen: ListenAddress;
  readonly reusePort: boolean;
  readonly limits: TcpLimits;
  readonly answer: Answerer;
  readonly now: () => number;
}

/** How often deadlines are looked at: a connection lives at most that much longer. */
const CHECK_MS = 250;

export async function openTcp({ listen, reusePort, limits, answer, now }: TcpOptions): Promise<TcpListener> {
  const connections = new Set<TcpConnection>();
  const perAddress = new Map<string, number>();
  let refused = 0;
  let checks: NodeJS.Timeout | undefined;

  const server = createServer({ allowHalfOpen: true, highWaterMark: limits.unwrittenBytes }, (socket) => {
    const address = socket.remoteAddress ?? "";
    const open = perAddress.get(address) ?? 0;
    if (connections.size >= limits.connections || open >= limits.connectionsPerAddress) {
      refused++;
      socket.on("error", () => {});
      return void socket.destroy();
    }
    const connection = serveConnection(socket, answer, limits, now);
    connections.add(connection);
    perAddress.set(address, open + 1);
    checks ??= setInterval(check, Math.min(CHECK_MS, limits.firstByteMs)).unref();
    socket.on("close", () => {
      connections.delete(connection);
      const left = (perAddress.get(address) ?? 1) - 1;
      if (left === 0) perAddress.delete(address);
      else perAddress.set(address, left);
      if (connections.size > 0) return;
      clearInterval(checks);
      checks = undefined;
    });
  });

  function check(): void {
    const nowMs = now();
    for (const connection of connections) connection.check(nowMs);
  }

  await listenOn(server, listen, reusePort);
  server.on("error", (error) => report("socket", error));
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound !== null ? bound.port : listen.port,
    get connections() {
      return connections.size;
    },
    get refused() {
      return refused;
    },
    close() {
      clearInterval(checks);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections) connection.destroy();
      return closed;
    },
  };
}

function listenOn(server: Server, { address, port }: ListenAddress, reusePort: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(listenError("TCP", { address, port }, error)));
    server.listen({ host: address, port, reusePort, exclusive: true, backlog: 512 }, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}
